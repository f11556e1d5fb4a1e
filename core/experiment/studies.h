#pragma once
// Studies: questions that several runs answer together. One explicit table: the question, the runs
// (a recipe and what differs from it), what to look at, and which published numbers stand beside
// the measured ones. The command line, the report and the window derive from it.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace bitloom {

/// quick: minutes on two cores. paper: the size and length of the published experiment.
enum class StudyScale { quick, paper };
std::string toString(StudyScale scale);

struct StudyMember {
    std::string key;     ///< unique in its study: binary_connect_weight
    std::string label;   ///< title of the run
    std::string preset;  ///< recipe it starts from, "" = the catalog's defaults
    std::string spec;    ///< JSON text of the fields over it
    std::string start;   ///< key of an earlier member whose best weights it starts from, "" = drawn
};

/// What a study compares with the paper (experiment/study_values.h measures it).
enum class StudyQuantity {
    result,            ///< test result against Tables 2 to 4
    lambda1,           ///< lambda_1 of layer 0 at the iterations of Figure 1
    gradientMedian,    ///< median over time steps of |dL/dh_t|, first and last probe, Figures 2, 3
    gradientLastStep,  ///< |dL/dh_t| at the last time step at iteration 0
    gradientGrowth,    ///< its growth a step backwards at iteration 0
    lyapunov,          ///< largest exponent of layer 0 at the last probe; not in the paper
    tightness,         ///< largest ratio of gradient and bound at the last probe; not in the paper
    statistics,        ///< test accuracy by kind of batch statistics, running against Table 4
    layers,            ///< growth, bound and exponent a layer (experiment/study_layers.h)
};

struct Study {
    std::string name;  ///< paper/figure1
    std::string title;
    std::string group;     ///< "Paper", "Review", "Story"
    std::string question;  ///< in words
    std::string look;      ///< what to look at in the report
    std::vector<StudyMember> quick;
    std::vector<StudyMember> paper;
    std::vector<StudyQuantity> quantities;
    std::vector<std::size_t> quickSizes;  ///< Table 1: sizes of the random matrices, no runs
    std::vector<std::size_t> paperSizes;
    int quickSeeds = 0;
    int paperSeeds = 0;

    [[nodiscard]] const std::vector<StudyMember>& members(StudyScale scale) const {
        return scale == StudyScale::quick ? quick : paper;
    }
    [[nodiscard]] const std::vector<std::size_t>& sizes(StudyScale scale) const {
        return scale == StudyScale::quick ? quickSizes : paperSizes;
    }
    [[nodiscard]] int seeds(StudyScale scale) const {
        return scale == StudyScale::quick ? quickSeeds : paperSeeds;
    }
};

const std::vector<Study>& studies();
/// nullptr if there is none of that name.
const Study* findStudy(std::string_view name);

}  // namespace bitloom
