#pragma once
// Which member of Spec belongs to which field of spec.json: one list for reading and for writing.
// Left to their own lines in spec.cpp: format, quantizer.tensors, normalization.max_steps
// (nullable).

#include "experiment/spec.h"

namespace bitloom {

/// Calls visit(key, member) for every field; S is Spec or const Spec.
template <class S, class Visit>
void visitFields(S& spec, Visit&& visit) {
    visit("name", spec.name);
    visit("preset", spec.preset);

    visit("dataset.name", spec.dataset.name);
    visit("dataset.path", spec.dataset.path);
    visit("dataset.unit", spec.dataset.unit);
    visit("dataset.train_share", spec.dataset.trainShare);
    visit("dataset.valid_share", spec.dataset.validShare);
    visit("dataset.vocabulary_from", spec.dataset.vocabularyFrom);
    visit("dataset.seed", spec.dataset.seed);
    visit("dataset.size", spec.dataset.size);
    visit("dataset.length", spec.dataset.length);
    visit("dataset.permuted", spec.dataset.permuted);

    auto& network = spec.network;
    visit("model.cell", network.cell);
    visit("model.layers", network.layers);
    visit("model.hidden", network.hidden);
    visit("model.embedding", network.embedding);
    visit("model.tied", network.tied);
    visit("model.dropout.input", network.dropout.input);
    visit("model.dropout.between", network.dropout.between);
    visit("model.dropout.output", network.dropout.output);
    visit("model.init.recurrent", network.init.recurrent);
    visit("model.init.forget_bias", network.init.forgetBias);
    visit("model.init.decoder_bound", network.init.decoderBound);
    visit("model.init.learnable_state", network.init.learnableState);
    visit("model.init.state_noise", network.init.stateNoise);

    visit("quantizer.method", network.quantizer.method);
    visit("quantizer.bits", network.quantizer.bits);
    visit("quantizer.granularity", network.quantizer.granularity);
    visit("quantizer.threshold", network.quantizer.threshold);
    visit("quantizer.iterations", network.quantizer.iterations);

    auto& norm = network.normalization;
    visit("normalization.method", norm.method);
    visit("normalization.cell", norm.cell);
    visit("normalization.momentum", norm.momentum);
    visit("normalization.epsilon", norm.epsilon);
    visit("normalization.gain", norm.gain);
    visit("normalization.gain_start", norm.gainStart);
    visit("normalization.true_average", norm.trueAverage);

    visit("start.run", spec.start.run);
    visit("start.at", spec.start.at);

    auto& training = spec.training;
    visit("training.optimizer", training.optimizer);
    visit("training.learning_rate", training.learningRate);
    visit("training.momentum", training.momentum);
    visit("training.beta1", training.beta1);
    visit("training.beta2", training.beta2);
    visit("training.epsilon", training.epsilon);
    visit("training.schedule.method", training.schedule.method);
    visit("training.schedule.epoch", training.schedule.epoch);
    visit("training.schedule.factor", training.schedule.factor);
    visit("training.schedule.final", training.schedule.final);
    visit("training.batch", training.batch);
    visit("training.window", training.window);
    visit("training.clip_norm", training.clipNorm);
    visit("training.clip_latent", training.clipLatent);
    visit("training.latent_scale", training.latentScale);
    visit("training.epochs", training.epochs);
    visit("training.steps", training.steps);
    visit("training.seed", training.seed);
    visit("training.threads", training.threads);
    visit("training.precision", training.precision);
    visit("training.recompute", training.recompute);
    visit("training.report_every", training.reportEvery);
    visit("training.validate_every", training.validateEvery);
    visit("training.checkpoint_every", training.checkpointEvery);
    visit("training.evaluation_batch", training.evaluationBatch);
    visit("training.evaluation_limit", training.evaluationLimit);
    visit("training.sample_length", training.sampleLength);
    visit("probes.every", spec.probes.every);
    visit("probes.samples", spec.probes.samples);
    visit("probes.exponents", spec.probes.exponents);
    visit("probes.groups", spec.probes.groups);
}

}  // namespace bitloom
