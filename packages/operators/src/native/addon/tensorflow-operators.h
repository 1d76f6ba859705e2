#pragma once

#include <string>

namespace foretoken {

/// Registers the operators with the TensorFlow that this process has loaded; false and `error` when it refuses.
/// A second call does nothing.
bool register_operators(std::string* error);

}  // namespace foretoken
