// Products, rounding and embeddings of the CUDA kernels against exact ones.
#pragma once

#include "cuda-launch.h"
#include "cuda-weights.h"
#include "plain-gate.h"

namespace foretoken::cuda {

/// Every kernel of a format: within 1e-3 of the exact product, and of the product with rounded rows far nearer; the same
/// bits in every shape, and for a row alone.
inline void check_products(Random& random, Format format) {
  const bool mixed = between(random, 0, 2) == 0, gated = between(random, 0, 2) == 0;
  const int unit = std::max(unit_of(format), unit_of(format) == 1 && mixed ? 32 : 1);
  const int columns = unit * between(random, 1, std::max(1, (between(random, 0, 5) == 0 ? 1600 : 300) / unit));
  const OwnedMatrix owned =
      random_parts(random, format, columns, gated ? 2 * between(random, 1, 40) : between(random, 1, 80), mixed);
  const Matrix* matrix = &owned.matrix;
  const int n = between(random, 0, 3) == 0 ? between(random, 65, 70) : between(random, 1, 20);
  std::vector<float> input = floats(random, static_cast<size_t>(n) * columns);
  // Rows of any size: the scale of a row must bring each into reach.
  for (int m = 0; m < n; m++) {
    const float size = std::ldexp(1.0f, between(random, 0, 3) == 0 ? between(random, -60, 40) : 0);
    for (int c = 0; c < columns; c++) input[static_cast<size_t>(m) * columns + c] *= size;
  }
  const auto norm = between(random, 0, 1) == 1 ? random_norm(random, columns) : nullptr;
  const RoundedRows rows = rounded_rows(input, n, columns, norm.get());
  const std::vector<double> weight = plain_values(*matrix);
  const auto parts = uploaded_parts(*matrix, gated);
  const bool fused = parts.front().plan.gated;
  const int width = fused ? matrix->rows / 2 : matrix->rows;
  const std::vector<float> bias = floats(random, static_cast<size_t>(width));
  const std::vector<float> residual = floats(random, static_cast<size_t>(n) * width);
  ProductOptions options;
  if (between(random, 0, 1) == 1) options.activation = Activation::Gelu;
  const auto gate_of = [&](double gate, double up) { return plain_gate(options.activation, gate, up); };
  if (!gated && between(random, 0, 1) == 1) options.bias = bias.data();
  if (between(random, 0, 1) == 1) options.residual = residual.data();

  std::vector<float> whole(static_cast<size_t>(n) * width, NAN);
  for (const ProductShape& shape : kProductShapes) {
    std::vector<float> output(whole.size(), NAN);
    // In place of the residual, as the runtime may.
    ProductOptions own = options;
    if (options.residual != nullptr) {
      output = residual;
      own.residual = output.data();
    }
    product(shape, parts, rows, 0, n, own, width, output.data());
    if (&shape == kProductShapes) whole = output;
    check_bits(shape.name, output.data(), whole.data(), whole.size());
    const std::vector<int> over = {0};
    own.going = over.data();
    product(shape, parts, rows, 0, n, own, width, output.data());
    check_bits("left out", output.data(), whole.data(), whole.size());
  }
  std::vector<float> alone(whole.size(), NAN);
  for (int m = 0; m < n; m++) {
    product(kProductShapes[0], parts, rows, m, 1, options, width, alone.data());
  }
  check_bits("a row alone", alone.data(), whole.data(), whole.size());

  // F32 weights have been rounded to halves.
  bool rounded = false;
  for (const MatrixPart& part : matrix->parts) rounded = rounded || part.format == Format::F32;
  for (int m = 0; m < n; m++) {
    const float* x = input.data() + static_cast<size_t>(m) * columns;
    double squares = 0;
    for (int c = 0; c < columns; c++) squares += static_cast<double>(x[c]) * x[c];
    const double factor = norm ? 1 / std::sqrt(squares / columns + norm->epsilon) : 1;
    const auto exact_value = [&](int c) { return norm ? x[c] * factor * norm->values[static_cast<size_t>(c)] : x[c]; };
    const auto rounded_value = [&](int c) { return rows.value(m, c); };
    for (int r = 0; r < width; r++) {
      const double* own = weight.data() + static_cast<size_t>(r) * columns;
      double added = options.bias != nullptr ? static_cast<double>(bias[static_cast<size_t>(r)]) : 0;
      double rounding = 1e-7 * std::fabs(added);
      if (options.residual != nullptr) {
        const double more = residual[static_cast<size_t>(m) * width + r];
        added += more;
        rounding += 1e-7 * std::fabs(more);
      }
      const double actual = whole[static_cast<size_t>(m) * width + r];
      const auto compare = [&](const char* what, const auto& value, double tolerance) {
        const Exact exact = exact_product(own, columns, value);
        if (!fused) {
          check(what, actual, exact.sum + added, tolerance * exact.size + rounding);
          return;
        }
        const Exact up = exact_product(own + static_cast<size_t>(width) * columns, columns, value);
        // The gate's slope is at most 1.13.
        const double error = tolerance * (1.13 * exact.size * (std::fabs(up.sum) + up.size) +
                                          std::fabs(gate_of(exact.sum, 1)) * up.size + exact.size * up.size);
        check(what, actual, gate_of(exact.sum, up.sum) + added, error + rounding);
      };
      compare("product", exact_value, 1e-3);
      if (!rounded) compare("product of rounded rows", rounded_value, sum_tolerance);
    }
  }
}

/// Weights whose sizes lie far apart in a row and between rows, and outside of what a half holds.
inline void check_wide_weights(Random& random) {
  const int columns = 96, rows = 20;
  std::vector<float> values = floats(random, static_cast<size_t>(rows) * columns);
  for (int r = 0; r < rows; r++) {
    for (int c = 0; c < columns; c++) values[static_cast<size_t>(r) * columns + c] *= std::ldexp(1.0f, 8 * (r - 10) + c % 12);
  }
  std::vector<uint16_t> upper;
  for (const float value : values) {
    uint32_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    upper.push_back(static_cast<uint16_t>(bits >> 16));
  }
  for (const Format format : {Format::F32, Format::BF16}) {
    const auto* bytes = format == Format::F32 ? reinterpret_cast<const uint8_t*>(values.data())
                                              : reinterpret_cast<const uint8_t*>(upper.data());
    OwnedMatrix owned(columns);
    owned.append({bytes, bytes + values.size() * (format == Format::F32 ? 4 : 2)}, format, rows, 0);
    const std::vector<double> weight = plain_values(owned.matrix);
    const RoundedRows x = rounded_rows(floats(random, columns), 1, columns);
    std::vector<float> output(rows, NAN);
    product(kProductShapes[0], uploaded_parts(owned.matrix, false), x, 0, 1, {}, rows, output.data());
    for (int r = 0; r < rows; r++) {
      const Exact exact = exact_product(weight.data() + r * columns, columns, [&](int c) { return x.value(0, c); });
      // Rounding to 11 bits moves F32; BF16 has fewer.
      check("weights of any size", output[static_cast<size_t>(r)], exact.sum,
            (format == Format::F32 ? 1e-3 : sum_tolerance / 2) * exact.size);
    }
  }
}

inline void check_rounding(Random& random) {
  const int columns = between(random, 1, 700), n = 5;
  const float sizes[n] = {1, 1e30f, 0, 1e-33f, 2e-38f};
  std::vector<float> input = floats(random, static_cast<size_t>(n) * columns);
  for (size_t i = 0; i < input.size(); i++) input[i] *= sizes[i / static_cast<size_t>(columns)];
  const RoundedRows rows = rounded_rows(input, n, columns);
  for (int m = 0; m < n; m++) {
    float most = 0;
    for (int c = 0; c < columns; c++) most = std::fmax(most, std::fabs(input[static_cast<size_t>(m * columns + c)]));
    for (int c = 0; c < columns; c++) {
      const double value = input[static_cast<size_t>(m * columns + c)];
      // At the lower end of what a float holds, no power of two brings a row up to where halves lose nothing.
      const double least = most < 1e-35f ? 3e-45 : std::ldexp(most, -38);
      check("rounded", rows.value(m, c), value, std::ldexp(std::fabs(value), -11) + least);
    }
  }
  for (size_t place = static_cast<size_t>(columns); place < rows.padded(); place++) {
    check("padding", rows.value(0, static_cast<int>(place)), 0, 0);
  }
}

/// Norms that are left as floats.
inline void check_norms(Random& random) {
  const int columns = between(random, 1, 700), n = between(random, 1, 5);
  const std::vector<float> input = floats(random, static_cast<size_t>(n) * columns);
  const auto norm = random_norm(random, columns);
  std::vector<float> output(input.size(), NAN);
  launch("round_rows", {static_cast<unsigned>(n)}, kRowThreads,
         RoundArguments{input.data(), norm->values.data(), nullptr, nullptr, norm->epsilon, columns, output.data()});
  for (size_t row = 0; row < input.size(); row += static_cast<size_t>(columns)) {
    double squares = 0;
    for (int c = 0; c < columns; c++) squares += static_cast<double>(input[row + c]) * input[row + c];
    const double factor = 1 / std::sqrt(squares / columns + norm->epsilon);
    for (int c = 0; c < columns; c++) {
      const double expected = input[row + c] * factor * norm->values[static_cast<size_t>(c)];
      check("norm", output[row + c], expected, 1e-6 * std::fabs(expected));
    }
  }
}

/// Rows of tables in every format, of parts that each have some of them.
inline void check_embedding(Random& random, Format format) {
  const int unit = std::max(unit_of(format), 32), columns = unit * between(random, 1, std::max(1, 200 / unit));
  const OwnedMatrix owned = random_parts(random, format, columns, between(random, 1, 70), between(random, 0, 1) == 1);
  const Matrix* table = &owned.matrix;
  const std::vector<double> values = plain_values(*table);
  std::vector<PassToken> tokens(static_cast<size_t>(between(random, 1, 9)));
  for (PassToken& token : tokens) token = {between(random, 0, table->rows - 1), 0, 0, 0, 0, -1, 0, 1};
  std::vector<float> output(tokens.size() * columns, NAN);
  for (const UploadedPart& part : uploaded_parts(*table, false)) {
    const EmbeddingArguments arguments{part.bytes.data(), tokens.data(), output.data(),
                                       columns,           part.plan.first, part.plan.rows};
    launch("embedding_" + kernel_format(part.plan.format), {static_cast<unsigned>(tokens.size())}, 128,
           arguments);
  }
  for (size_t i = 0; i < tokens.size(); i++) {
    for (int c = 0; c < columns; c++) {
      const double expected = values[static_cast<size_t>(tokens[i].token) * columns + c];
      // F32 is rounded to 11 bits; of a K-quant, the factor and the offset are, to 24, of which the difference is left.
      check("embedding", output[i * columns + c], expected, 5e-4 * std::fabs(expected) + 1e-6);
    }
  }
}

}  // namespace foretoken::cuda
