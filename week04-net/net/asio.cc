// Compiles Asio's own code once: see net_asio in CMakeLists.txt.
#include <asio/impl/src.hpp>
