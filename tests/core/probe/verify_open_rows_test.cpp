// Rows whose least squares the method leaves open: what PyTorch was seen to give for them.

#include "probe/verify_open_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "math/rng.h"
#include "quant/quantizer.h"

namespace bitloom {
namespace {

using Row = std::vector<double>;

bool holds(const std::vector<Row>& rows, const Row& row) {
    return std::any_of(rows.begin(), rows.end(), [&](const Row& r) {
        return std::equal(r.begin(), r.end(), row.begin(),
                          [](double a, double b) { return std::abs(a - b) < 1e-5; });
    });
}

// 400 calls of torch.linalg.lstsq (one thread) gave these, in turn.
TEST(OpenRows, HoldWhatTorchGave) {
    const Row three{0.34645506704823,    -0.10552453618998868, 0.3717032518618174,
                    -0.3204840711968873, -0.33943688808386235, 0.07036326456247298,
                    -0.3741894666716655};
    const std::vector<Row> threeBits = possibleRows(three, 3, 2);
    EXPECT_TRUE(holds(threeBits,
                      {0.350454, -0.087944, 0.350454, -0.350454, -0.350454, 0.087944, -0.350454}));
    EXPECT_TRUE(
        holds(threeBits, {0.306343, -0.05406, 0.306343, -0.306343, -0.306343, 0.05406, -0.306343}));

    const Row four{-0.07074000405945603, 0.1539509791885562,  0.04663380113457286,
                   -0.08473292335149919, 0.1821462631630239,  -0.15702774094965094,
                   -0.1896776532947527,  0.03918179347054357, 0.038402987782851214};
    const std::vector<Row> fourBits = possibleRows(four, 4, 2);
    for (const Row& seen : {Row{-0.07077, 0.154712, 0.048189, -0.081171, 0.187693, -0.154712,
                                -0.187693, 0.037789, 0.037789},
                            Row{-0.070048, 0.155124, 0.048635, -0.08077, 0.187259, -0.155124,
                                -0.187259, 0.037912, 0.037912},
                            Row{-0.069627, 0.155103, 0.048461, -0.080739, 0.187382, -0.155103,
                                -0.187382, 0.037349, 0.037349},
                            Row{-0.077736, 0.170701, 0.051558, -0.077736, 0.170701, -0.170701,
                                -0.170701, 0.041406, 0.041406},
                            Row{-0.074093, 0.146185, 0.039869, -0.077736, 0.146185, -0.146185,
                                -0.146185, 0.039869, 0.039869},
                            Row{-0.081062, 0.170701, 0.060034, -0.081062, 0.170701, -0.170701,
                                -0.170701, 0.029605, 0.029605}})
        EXPECT_TRUE(holds(fourBits, seen)) << seen[0];
    EXPECT_LE(fourBits.size(), 40u) << "possible must not mean anything";
}

TEST(OpenRows, ARowOfFullRankHasOneResultAndTheEngineHasIt) {
    Rng rng(3);
    for (int bits = 1; bits <= 3; ++bits) {
        Matrix<double> w(1, 40), q(1, 40);
        for (double& x : w.span()) x = rng.normal();
        const std::vector<Row> rows = possibleRows(w.span(), bits, 2);
        ASSERT_EQ(rows.size(), 1u);
        QuantizerConfig config;
        config.method = "alternating";
        config.bits = bits;
        QuantizerBlock<double> block;
        block.latent = w.view();
        makeQuantizer<double>(config)->quantize(block, q.view());
        for (std::size_t i = 0; i < 40; ++i) EXPECT_NEAR(rows[0][i], q(0, i), 1e-12);
    }
}

}  // namespace
}  // namespace bitloom
