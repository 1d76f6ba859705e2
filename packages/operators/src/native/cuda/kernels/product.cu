// The kernels of one format of weights, FORETOKEN_FORMAT: one of those in tile-layout.h.
#include "product.h"

#define FORETOKEN_PASTE(kernel, format, shape) kernel##format##shape
#define FORETOKEN_NAME(kernel, format, shape) FORETOKEN_PASTE(kernel, format, shape)
#define FORETOKEN_PRODUCT(shape) FORETOKEN_NAME(product_, FORETOKEN_FORMAT, shape)

extern "C" {

__global__ void __launch_bounds__(512, 2) FORETOKEN_PRODUCT(_r1n1)(foretoken::cuda::ProductArguments a) {
  foretoken::cuda::few_rows<foretoken::cuda::FORETOKEN_FORMAT, 1, 1>(a);
}
__global__ void __launch_bounds__(512, 1) FORETOKEN_PRODUCT(_r2n1)(foretoken::cuda::ProductArguments a) {
  foretoken::cuda::few_rows<foretoken::cuda::FORETOKEN_FORMAT, 2, 1>(a);
}
__global__ void __launch_bounds__(512, 1) FORETOKEN_PRODUCT(_r1n2)(foretoken::cuda::ProductArguments a) {
  foretoken::cuda::few_rows<foretoken::cuda::FORETOKEN_FORMAT, 1, 2>(a);
}
__global__ void __launch_bounds__(256, 1) FORETOKEN_PRODUCT(_many)(foretoken::cuda::ProductArguments a) {
  foretoken::cuda::many_rows<foretoken::cuda::FORETOKEN_FORMAT>(a);
}
__global__ void __launch_bounds__(128)
    FORETOKEN_NAME(embedding_, FORETOKEN_FORMAT, )(foretoken::cuda::EmbeddingArguments a) {
  foretoken::cuda::embed<foretoken::cuda::FORETOKEN_FORMAT>(a);
}

}  // extern "C"

#undef FORETOKEN_FORMAT
#undef FORETOKEN_PASTE
#undef FORETOKEN_NAME
#undef FORETOKEN_PRODUCT
