#include "experiment/catalog.h"

namespace bitloom {
namespace {

using Keys = std::vector<std::string>;

/// Options of every quantizer: it has latent weights beside the quantized ones.
Keys common(const Keys& own = {}) {
    Keys keys{"quantizer.bits", "quantizer.tensors", "training.clip_latent",
              "training.latent_scale"};
    keys.insert(keys.end(), own.begin(), own.end());
    return keys;
}

/// Of those that can share a scale in the block one chooses.
Keys blockwise(const Keys& own = {}) {
    Keys keys = common({"quantizer.granularity"});
    keys.insert(keys.end(), own.begin(), own.end());
    return keys;
}

std::vector<Entry> binaryEntries() {
    return {
        {"binary_connect",
         "BinaryConnect",
         "The sign of each weight, without a scale.",
         "Q(W) = sign(W), sign(0) = +1",
         "Courbariaux, Bengio, David: BinaryConnect, NeurIPS 2015 (deterministic)",
         {1},
         blockwise(),
         "binary"},
        {"binary_connect_stochastic",
         "BinaryConnect (stochastic)",
         "A random sign; the nearer a weight to +1, the likelier +1.",
         "Q(w) = +1 with p = clip((w + 1)/2, 0, 1), else −1",
         "Courbariaux, Bengio, David: BinaryConnect, NeurIPS 2015 (stochastic)",
         {1},
         blockwise(),
         "binary"},
        {"bwn",
         "BWN",
         "The sign times the mean magnitude of the block.",
         "Q(W) = α sign(W), α = mean |W|",
         "Rastegari, Ordonez, Redmon, Farhadi: XNOR-Net, ECCV 2016",
         {1},
         blockwise(),
         "binary"},
        {"lab",
         "LAB",
         "Loss-aware binarization: the scale weighs each weight by its curvature.",
         "Q(W) = α sign(W), α = Σ D|W| / Σ D, D = √v + 10⁻⁸",
         "Hou, Yao, Kwok: Loss-aware Binarization of Deep Networks, ICLR 2017",
         {1},
         blockwise(),
         "binary"},
        {"sbn",
         "SBN",
         "Random signs at a fixed scale, with per-step batch normalization.",
         "Q(w) = ±W₀, p(+) = clip((w/W₀ + 1)/2, 0, 1), W₀ = √(6/(in + 4H)) / 2",
         "Ardakani, Ji, Smithson, Meyer, Gross: Learning Recurrent Binary/Ternary Weights, "
         "ICLR 2019",
         {1},
         common(),
         "binary"},
    };
}

std::vector<Entry> ternaryEntries() {
    return {
        {"ter_connect",
         "TerConnect",
         "Signs of the large weights, zero for the small; no scale.",
         "Q(W) = 1[W > δ] − 1[W < −δ], δ = 0.7 mean |W|",
         "Hou, Zhu, Kwok, Gao, Qin, Liu, NeurIPS 2019 (TWN without its scale)",
         {2},
         blockwise({"quantizer.threshold"}),
         "ternary"},
        {"ternary_connect",
         "TernaryConnect",
         "A random ternary value, unbiased inside [−1, 1].",
         "Q(w) = sign(w) · Bernoulli(min(|w|, 1))",
         "Lin, Courbariaux, Memisevic, Bengio: Neural Networks with Few Multiplications, ICLR 2016",
         {2},
         blockwise(),
         "ternary"},
        {"twn",
         "TWN",
         "TerConnect times the mean magnitude of the weights it keeps.",
         "Q(W) = α TerConnect(W), α = mean of |W| where |W| > δ, δ = 0.7 mean |W|",
         "Li, Zhang, Liu: Ternary Weight Networks, 2016",
         {2},
         blockwise({"quantizer.threshold"}),
         "ternary"},
        {"ttq",
         "TTQ",
         "Two trained scales, one for the positive and one for the negative weights.",
         "Q(w) = +Wₚ if w > 0.05 max|W|, −Wₙ if w < −0.05 max|W|, else 0; Wₚ, Wₙ trained",
         "Zhu, Han, Mao, Dally: Trained Ternary Quantization, ICLR 2017",
         {2},
         blockwise({"quantizer.threshold"}),
         "ternary"},
        {"lat_approximate",
         "LAT (approximate)",
         "Loss-aware ternarization by alternating scale and code.",
         "Q(W) = αb: repeat α = Σ D|bW| / Σ D|b|, b = sign(W) 1[|W| > α/2]",
         "Hou, Kwok: Loss-aware Weight Quantization of Deep Networks, ICLR 2018",
         {2},
         blockwise({"quantizer.iterations"}),
         "ternary"},
        {"lat_exact",
         "LAT (exact)",
         "Loss-aware ternarization by search over how many to keep.",
         "Q(W) = αb: keep the k largest |W| that maximize (Σ D|W|)² / Σ D over them",
         "Hou, Kwok: Loss-aware Weight Quantization of Deep Networks, ICLR 2018",
         {2},
         blockwise(),
         "ternary"},
        {"lat2_approximate",
         "LAT2 (approximate)",
         "Loss-aware, with a scale each for positives and negatives; alternating.",
         "Q(W) = αb on W > 0, βb on W < 0, each solved as in LAT (approximate)",
         "Hou, Kwok: Loss-aware Weight Quantization of Deep Networks, ICLR 2018",
         {2},
         blockwise({"quantizer.iterations"}),
         "ternary"},
        {"lat2_exact",
         "LAT2 (exact)",
         "Loss-aware, with a scale each for positives and negatives; exact search.",
         "Q(W) = αb on W > 0, βb on W < 0, each solved as in LAT (exact)",
         "Hou, Kwok: Loss-aware Weight Quantization of Deep Networks, ICLR 2018",
         {2},
         blockwise(),
         "ternary"},
        {"stn",
         "STN",
         "Random ternary values at a fixed scale, with per-step batch normalization.",
         "Q(w) = W₀ sign(w) · Bernoulli(min(|w|/W₀, 1)), W₀ = √(6/(in + 4H)) / 2",
         "Ardakani, Ji, Smithson, Meyer, Gross: Learning Recurrent Binary/Ternary Weights, "
         "ICLR 2019",
         {2},
         common(),
         "ternary"},
    };
}

std::vector<Entry> multiBitEntries() {
    return {
        {"laq_linear",
         "LAQ (linear)",
         "Loss-aware quantization to evenly spaced levels.",
         "Q(W) = αb, b ∈ {0, ±1/n … ±1}, n = 2ᵐ⁻¹ − 1; α = Σ DbW / Σ Db²",
         "Hou, Kwok: Loss-aware Weight Quantization of Deep Networks, ICLR 2018",
         {2, 3, 4, 8},
         blockwise({"quantizer.iterations"}),
         "multi-bit"},
        {"laq_log",
         "LAQ (logarithmic)",
         "Loss-aware quantization to powers of two.",
         "Q(W) = αb, b ∈ {0, ±2⁻⁽ⁿ⁻¹⁾ … ±½, ±1}, n = 2ᵐ⁻¹ − 1; α = Σ DbW / Σ Db²",
         "Hou, Kwok: Loss-aware Weight Quantization of Deep Networks, ICLR 2018",
         {2, 3, 4},
         blockwise({"quantizer.iterations"}),
         "multi-bit"},
        {"dorefa",
         "DoReFa",
         "Evenly spaced levels of the squashed weight; 1 bit is BWN.",
         "Q(w) = 2 round((2ᵐ − 1)(tanh w / (2 max|tanh W|) + ½)) / (2ᵐ − 1) − 1",
         "Zhou, Wu, Ni, Zhou, Wen, Zou: DoReFa-Net, 2016",
         {1, 2, 3, 4, 8},
         blockwise(),
         "multi-bit"},
        {"uniform",
         "Uniform",
         "Symmetric evenly spaced levels up to the largest magnitude.",
         "Q(W) = s round(W/s), s = max|W| / (2ᵐ⁻¹ − 1)",
         "Textbook symmetric quantization",
         {2, 3, 4, 8},
         blockwise(),
         "multi-bit"},
        {"greedy",
         "Greedy",
         "A sum of scaled sign matrices, one after the other, row by row.",
         "Q(w) = Σₖ αₖbₖ: αₖ = mean|r|, bₖ = sign(r), r ← r − αₖbₖ",
         "Guo, Yao, Zhao, Chen: Network Sketching, CVPR 2017",
         {1, 2, 3, 4, 8},
         common(),
         "multi-bit"},
        {"alternating",
         "Alternating",
         "Greedy, then alternating least squares and nearest codes.",
         "Q(w) = Bα, row by row: α = (BᵀB)⁻¹Bᵀw, B = nearest of the 2ᵐ code words",
         "Xu, Yao, Lin, Ou, Cao, Wang, Zha: Alternating Multi-bit Quantization, ICLR 2018",
         {1, 2, 3, 4, 8},
         common({"quantizer.iterations"}),
         "multi-bit"},
    };
}

std::vector<Entry> makeQuantizerEntries() {
    std::vector<Entry> entries = {{"",
                                   "Full precision",
                                   "32-bit floating-point weights.",
                                   "Q(W) = W",
                                   "",
                                   {32},
                                   {},
                                   "full precision"}};
    for (const auto& group : {binaryEntries(), ternaryEntries(), multiBitEntries()})
        entries.insert(entries.end(), group.begin(), group.end());
    return entries;
}

}  // namespace

const std::vector<Entry>& quantizerEntries() {
    static const std::vector<Entry> entries = makeQuantizerEntries();
    return entries;
}

}  // namespace bitloom
