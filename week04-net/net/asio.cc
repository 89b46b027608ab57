// Asio's own code: see net_asio in CMakeLists.txt.
#include <asio/impl/src.hpp>
