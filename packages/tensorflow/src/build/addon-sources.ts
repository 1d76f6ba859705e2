/**
 * Parts of TensorFlow log through Abseil, which does not know `TF_CPP_MIN_LOG_LEVEL`: this makes the variable hold for
 * them too, from the moment the addon is loaded.
 */
export const LOG_LEVEL_SOURCE = `#include <cstdlib>
#include "absl/log/globals.h"

static const bool log_level_is_set = [] {
  const char* level = std::getenv("TF_CPP_MIN_LOG_LEVEL");
  if (level != nullptr) absl::SetMinLogLevel(static_cast<absl::LogSeverityAtLeast>(std::atoi(level)));
  return true;
}();
`;

/**
 * TensorFlow's library prints two lines about oneDNN from its own initialisers, before any code could set a log level.
 * `hold(path)` sends file descriptor 2 to a file, `release()` puts it back.
 */
export const STDERR_HOLDER_SOURCE = `#include <fcntl.h>
#include <unistd.h>
#include <node_api.h>

static int saved = -1;

static napi_value hold(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument;
  char path[4096];
  size_t length = 0;
  if (saved >= 0 || napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr) != napi_ok || count < 1 ||
      napi_get_value_string_utf8(env, argument, path, sizeof path, &length) != napi_ok) {
    return nullptr;
  }
  const int file = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
  if (file < 0) return nullptr;
  saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
  if (saved >= 0) dup2(file, STDERR_FILENO);
  close(file);
  return nullptr;
}

static napi_value release(napi_env, napi_callback_info) {
  if (saved < 0) return nullptr;
  dup2(saved, STDERR_FILENO);
  close(saved);
  saved = -1;
  return nullptr;
}

NAPI_MODULE_INIT() {
  napi_value function;
  napi_create_function(env, "hold", NAPI_AUTO_LENGTH, hold, nullptr, &function);
  napi_set_named_property(env, exports, "hold", function);
  napi_create_function(env, "release", NAPI_AUTO_LENGTH, release, nullptr, &function);
  napi_set_named_property(env, exports, "release", function);
  return exports;
}
`;
