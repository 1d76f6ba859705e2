// The kernels of a format that compute the same product, for other numbers of rows.
#pragma once

namespace foretoken::cuda {

struct ProductShape {
  /// SHAPE in product_FORMAT_SHAPE.
  const char* name;
  /// What one block computes: row tiles of the weight, and rows of activations.
  int tiles;
  int rows;
  int threads;
};

constexpr ProductShape kProductShapes[] = {{"r1n1", 1, 8, 512}, {"r2n1", 2, 8, 512}, {"r1n2", 1, 16, 512}, {"many", 8, 64, 256}};

/// The one for `n` rows and a part of `tiles` row tiles. All give the same bits.
constexpr const ProductShape& product_shape(int n, int tiles) {
  // Tall weights fill the GPU also with half as many blocks, which read activations half as often.
  constexpr int kTall = 512;
  if (n > 16) return kProductShapes[3];
  if (n > 8) return kProductShapes[2];
  return kProductShapes[tiles >= kTall ? 1 : 0];
}

}  // namespace foretoken::cuda
