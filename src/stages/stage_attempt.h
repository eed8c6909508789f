#pragma once

#include "catalog/submissions.h"
#include "jobs/worker.h"
#include "stages/chain.h"
#include "stages/video_attempt.h"

namespace heaters::stages {

// One attempt at a stage of the chain. Made by run_stage().
class StageAttempt : public VideoAttempt {
 public:
  StageAttempt(StageServices& services, const jobs::Attempt& attempt, ChainArguments arguments,
               const Stage& stage);

  ChainArguments& arguments() { return arguments_; }

  bool open_folder() { return VideoAttempt::open_folder(video_id().text()); }

  // The next job of the chain, on this node. Gives the folder up.
  jobs::Outcome hand_over(const Stage& next);
  // The chain begins again: what earlier stages left on another node is not here. Gives the folder up.
  jobs::Outcome begin_again();
  // The source as a file of this machine: as it was acquired, or from the store; nullopt when it is neither.
  std::optional<std::filesystem::path> find_source();

 private:
  ChainArguments arguments_;
};

// The stages themselves.
jobs::Outcome acquire(const std::shared_ptr<StageAttempt>& attempt);
jobs::Outcome ingest(StageAttempt& attempt);
jobs::Outcome publish(const std::shared_ptr<StageAttempt>& attempt);

}  // namespace heaters::stages
