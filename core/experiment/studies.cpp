#include "experiment/studies.h"

#include <algorithm>

#include "experiment/studies_build.h"

namespace bitloom {

std::string toString(StudyScale scale) {
    return scale == StudyScale::quick ? "quick" : "paper";
}

const std::vector<Study>& studies() {
    static const std::vector<Study> table = [] {
        std::vector<Study> all = studies_build::paperStudies();
        for (Study& study : studies_build::reviewStudies()) all.push_back(std::move(study));
        return all;
    }();
    return table;
}

const Study* findStudy(std::string_view name) {
    const auto& table = studies();
    const auto found =
        std::find_if(table.begin(), table.end(), [&](const Study& s) { return s.name == name; });
    return found == table.end() ? nullptr : &*found;
}

}  // namespace bitloom
