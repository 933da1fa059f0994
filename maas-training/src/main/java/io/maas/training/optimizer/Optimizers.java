package io.maas.training.optimizer;

import io.maas.train.Optimizer;
import io.maas.train.Schedule;

/** The optimizers that come with the library, by the setting that matters most; the records have all of them. */
public final class Optimizers {
    private Optimizers() {}

    /** Stochastic gradient descent: {@code p' = p - learningRate · g}. */
    public static Sgd sgd(double learningRate) {
        return Sgd.defaults().withLearningRate(learningRate);
    }

    /** Gradient descent with momentum: {@code v' = momentum·v + g; p' = p - learningRate·v'}. */
    public static Sgd momentum(double learningRate, double momentum) {
        return sgd(learningRate).withMomentum(momentum);
    }

    /** Adam with the paper's betas and epsilon. */
    public static Adam adam(double learningRate) {
        return Adam.defaults().withLearningRate(learningRate);
    }

    /** AdaGrad: rates that fall with the squares of all gradients so far. */
    public static AdaGrad adaGrad(double learningRate) {
        return AdaGrad.defaults().withLearningRate(learningRate);
    }

    /** AdaDelta with the paper's decay and epsilon: it has no learning rate to choose. */
    public static AdaDelta adaDelta() {
        return AdaDelta.defaults();
    }

    /** RMSProp; momentum and the centered form are settings of it. */
    public static RmsProp rmsProp(double learningRate) {
        return RmsProp.defaults().withLearningRate(learningRate);
    }

    /** Adam whose rates never rise again. */
    public static AmsGrad amsGrad(double learningRate) {
        return AmsGrad.defaults().withLearningRate(learningRate);
    }

    /** Adam with the largest gradient in place of the second moment; the paper's betas. */
    public static Adamax adamax(double learningRate) {
        return Adamax.defaults().withLearningRate(learningRate);
    }

    /** Adam with Nesterov's look-ahead. */
    public static NAdam nAdam(double learningRate) {
        return NAdam.defaults().withLearningRate(learningRate);
    }

    /** Adam with rectified first steps, which needs no warm-up. */
    public static RAdam rAdam(double learningRate) {
        return RAdam.defaults().withLearningRate(learningRate);
    }

    /** Adam with decoupled weight decay of all parameters with at least two axes; {@link WeightDecay} can spare more. */
    public static AdamW adamW(double learningRate, double weightDecay) {
        return AdamW.defaults().withLearningRate(learningRate).withWeightDecay(WeightDecay.of(weightDecay));
    }

    /** Lion: the sign of a mean of gradients; takes about a tenth of the learning rate of Adam. */
    public static Lion lion(double learningRate) {
        return Lion.defaults().withLearningRate(learningRate);
    }

    /** LAMB: steps in proportion to the length of each parameter, for large batches. */
    public static Lamb lamb(double learningRate) {
        return Lamb.defaults().withLearningRate(learningRate);
    }

    /** Muon: momentum made orthogonal, for the matrices between layers; vectors and embeddings follow AdamW. */
    public static Muon muon(double learningRate) {
        return Muon.defaults().withLearningRate(learningRate);
    }

    /** Adafactor with the paper's settings: next to no state for matrices, and no learning rate to choose. */
    public static Adafactor adafactor() {
        return Adafactor.defaults();
    }

    /** Leaves parameters as they are; for a group of them. No gradients are computed for it, and no state is kept. */
    public static Optimizer frozen() {
        return new Frozen();
    }

    // ---- around another optimizer

    /**
     * An optimizer whose learning rate follows a schedule.
     *
     * @throws IllegalArgumentException when the step is written, if the optimizer moves a parameter without a rate
     */
    public static Optimizer scheduled(Optimizer optimizer, Schedule schedule) {
        return new Scheduled(optimizer, schedule);
    }

    /**
     * An optimizer that follows gradients whose elements are cut off at a size: {@code min(max(g, -limit), limit)}.
     *
     * @param limit {@code > 0}
     */
    public static Optimizer clipByValue(Optimizer optimizer, double limit) {
        return new Clipped(optimizer, Clipped.Kind.VALUE, limit);
    }

    /**
     * An optimizer that follows gradients whose Euclidean norm, over all parameters together, is bounded: {@code g · min(1, limit /
     * norm)}. The squares of all elements must add up in the type of the parameters; float32 takes norms below 1.8e19.
     *
     * @param limit {@code > 0}
     * @see "Pascanu et al., On the difficulty of training recurrent neural networks (2013), algorithm 1"
     */
    public static Optimizer clipByNorm(Optimizer optimizer, double limit) {
        return new Clipped(optimizer, Clipped.Kind.NORM, limit);
    }

    /**
     * An optimizer that gathers the gradients of several batches, and follows their mean with the last of them: {@code n} batches of
     * {@code b} rows are one of {@code n·b}, in the memory of {@code b}, for losses that are means over rows. The last batch of an epoch
     * ends in an update in any case; batches are weighted by their rows. The optimizer and schedules count updates. It makes no difference
     * whether this stands inside or around others, but for groups: around those.
     *
     * @param batches for one update, {@code >= 1}
     * @throws IllegalArgumentException if the optimizer gathers batches already
     */
    public static Optimizer accumulated(Optimizer optimizer, int batches) {
        return new Accumulated(optimizer, batches);
    }

    /**
     * An optimizer whose weights are averaged over its updates. Training goes on with the weights themselves; validation, early stopping, the
     * best weights and the model that comes out are the averages. Running statistics, such as those of batch normalization, are not
     * averaged: they stay as training left them.
     */
    public static Optimizer averaged(Optimizer optimizer, Averaging averaging) {
        return new Averaged(optimizer, averaging);
    }

    /**
     * An optimizer beside whose steps weights decay, whatever it is: {@code p' = step of p - rate · p}. Unlike in {@link AdamW}, the rate is
     * not multiplied with the learning rate; schedules around it act on both, as in the paper. A rate of {@code 0.01 · learningRate} is what
     * AdamW makes of 0.01.
     *
     * @see "Loshchilov and Hutter, Decoupled weight decay regularization (2019), algorithms 1 and 2"
     */
    public static Optimizer decayed(Optimizer optimizer, WeightDecay decay) {
        return new Decayed(optimizer, decay);
    }

    /**
     * Several optimizers by the names of parameters; {@link Groups#with} adds them.
     *
     * @param standard for what no pattern matches
     * @throws IllegalArgumentException if the optimizer gathers batches, which is to be done around all groups
     */
    public static Groups groups(Optimizer standard) {
        return Groups.of(standard);
    }
}
