#include "top.h"

#include <algorithm>
#include <cmath>

#include "kernels.h"

namespace foretoken {

void highest(const float* values, int width, int k, int32_t* indices) {
  const auto precedes = [values](int32_t a, int32_t b) {
    return values[a] != values[b] ? values[a] > values[b] : a < b;
  };
  int kept = 0, next = 0;
  // NaN has no place in an order: it stays out of the heap, and out of what a bound is taken from.
  for (; next < width && kept < k; next++) {
    if (!std::isnan(values[next])) indices[kept++] = next;
  }
  // The last of those kept is at the front. One that equals it comes later, so only a value above takes its place.
  std::make_heap(indices, indices + kept, precedes);
  while (next < width) {
    next += kernels().first_above(values + next, width - next, values[indices[0]]);
    if (next == width) break;
    std::pop_heap(indices, indices + k, precedes);
    indices[k - 1] = next++;
    std::push_heap(indices, indices + k, precedes);
  }
  std::sort_heap(indices, indices + kept, precedes);
  for (int i = 0; kept < k; i++) {
    if (std::isnan(values[i])) indices[kept++] = i;
  }
}

}  // namespace foretoken
