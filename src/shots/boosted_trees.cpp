#include "shots/boosted_trees.h"

#include <cmath>

namespace heaters::shots {

float BoostedTrees::probability(float log_odds, std::span<const float> facts) const {
  float sum = log_odds;
  for (const DecisionTree& tree : trees) {
    std::size_t node = 0;
    while (node < tree.facts.size()) {
      node = 2 * node + (facts[tree.facts[node]] < tree.thresholds[node] ? 1 : 2);
    }
    sum += tree.values[node - tree.facts.size()];
  }
  return 1 / (1 + std::exp(-sum));
}

}  // namespace heaters::shots
