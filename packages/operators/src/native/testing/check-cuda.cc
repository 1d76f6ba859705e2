// Runs the CUDA kernels on the host, on random shapes, formats and trees, against plain twins. Usage: check-cuda [seed]
// [rounds].
#include <cstdio>
#include <cstdlib>

#include "cuda-attention.h"
#include "cuda-choice.h"
#include "cuda-products.h"

int main(int count, char** arguments) {
  using namespace foretoken;
  using namespace foretoken::cuda;
  const unsigned seed = count > 1 ? static_cast<unsigned>(std::atoi(arguments[1])) : 1;
  const int rounds = count > 2 ? std::atoi(arguments[2]) : 3;
  run_kernel = launch_on_host;
  Random random(seed);
  for (int round = 0; round < rounds; round++) {
    check_rounding(random);
    check_norms(random);
    check_wide_weights(random);
    // Within a span; and in a second one, into which the tree of some runs comes from the first.
    check_attention(random, between(random, 0, 100));
    check_attention(random, between(random, 115, 140));
    check_moves(random);
    check_rows_between(random);
    check_chain(random);
    for (int i = 0; i < 5; i++) check_choice(random);
    for (int format = 0; format < kFormats; format++) {
      check_products(random, static_cast<Format>(format));
      check_embedding(random, static_cast<Format>(format));
    }
  }
  std::printf("clean\n");
  return 0;
}
