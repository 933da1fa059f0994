package io.maas.training.loss;

import io.maas.error.Require;
import io.maas.graph.Attributes;
import io.maas.graph.Op;
import io.maas.train.Loss;
import java.util.List;

/**
 * The losses that come with the library. {@code y} is the network's output, {@code z} one that is a raw score (no sigmoid or softmax
 * layer before it), {@code t} the target, the column {@value io.maas.train.LossScope#TARGET} of the data. Unless said otherwise
 * targets are of the prediction's type and shape, and the loss is the mean over all elements; {@link PointwiseLoss} says how to
 * weight, mask and sum.
 *
 * <pre>{@code
 * Losses.softmaxCrossEntropy().labelSmoothing(0.1).ignore(-100)
 * Losses.sum(Losses.huber(1.0).weighted(), Losses.l2(1e-4, "*weight"))
 * }</pre>
 */
public final class Losses {
    private Losses() {}

    // ---- numbers

    /**
     * {@code (y - t)²}.
     *
     * @see "Goodfellow et al., Deep Learning (2016), section 5.1.4"
     */
    public static PointwiseLoss meanSquared() {
        return new Compared("meanSquared", Formulas::squared);
    }

    /**
     * {@code |y - t|}, with a gradient of 0 at {@code y = t}.
     *
     * @see "Bishop, Pattern Recognition and Machine Learning (2006), section 1.5.5"
     */
    public static PointwiseLoss meanAbsolute() {
        return new Compared("meanAbsolute", Formulas::absolute);
    }

    /**
     * {@code e²/2} for errors {@code e = y - t} up to {@code delta}, and {@code delta·(|e| - delta/2)} beyond.
     *
     * @param delta {@code > 0}
     * @see "Huber, Robust estimation of a location parameter (1964)"
     */
    public static PointwiseLoss huber(double delta) {
        return new Compared("huber(delta=" + delta + ")", Formulas.huber(Require.positive(delta, "delta")));
    }

    /**
     * {@code log cosh(y - t)}, computed as {@code |e| + log(1 + exp(-2|e|)) - log 2}: finite for errors of any size.
     *
     * @see "Saleh and Saleh, Statistical properties of the log-cosh loss function used in machine learning (2022)"
     */
    public static PointwiseLoss logCosh() {
        return new Compared("logCosh", Formulas::logCosh);
    }

    /**
     * {@code max(q·(t - y), (q - 1)·(t - y))}, the pinball loss: least where {@code y} is the q-quantile.
     *
     * @param q {@code 0 < q < 1}
     * @see "Koenker and Bassett, Regression quantiles (1978)"
     */
    public static PointwiseLoss quantile(double q) {
        Require.that(q > 0 && q < 1, "quantile", q, "0 < quantile < 1");
        return new Compared("quantile(" + q + ")", Formulas.quantile(q));
    }

    /**
     * {@code exp(z) - t·z}: the negative log-likelihood of counts {@code t >= 0} whose mean is {@code exp(z)}, without the term that
     * does not depend on the prediction. In float32 {@code exp} overflows above 88.
     *
     * @see "McCullagh and Nelder, Generalized Linear Models (1989), chapter 6"
     */
    public static PointwiseLoss poisson() {
        return new Compared("poisson", 0, Double.POSITIVE_INFINITY, Formulas::poisson);
    }

    /**
     * {@link #poisson()} with the term that it lacks, {@code log t!}, by Stirling's {@code t log t - t + log(2πt)/2} where {@code t
     * > 1}, and 0 elsewhere.
     */
    public static PointwiseLoss poissonLikelihood() {
        return new Compared("poissonLikelihood", 0, Double.POSITIVE_INFINITY, Formulas::poissonLikelihood);
    }

    // ---- yes and no

    /**
     * {@code -t log p - (1 - t) log(1 - p)} with {@code p = sigmoid(z)} and {@code 0 <= t <= 1}, in nats; positive weights and label
     * smoothing are settings of its own.
     *
     * @see "Goodfellow et al., Deep Learning (2016), section 6.2.2.2"
     */
    public static BinaryCrossEntropy binaryCrossEntropy() {
        return BinaryCrossEntropy.plain();
    }

    /**
     * {@code -alpha·t·(1 - p)^gamma·log p - (1 - alpha)·(1 - t)·p^gamma·log(1 - p)} with {@code p = sigmoid(z)} and {@code 0 <= t <=
     * 1}, in nats.
     *
     * @param gamma how far it looks away from what is right already, {@code >= 0}; 2 is usual
     * @param alpha the weight of yes, {@code 0 <= alpha <= 1}; 0.25 is usual
     * @see "Lin et al., Focal loss for dense object detection (2017), eq. 5"
     */
    public static PointwiseLoss binaryFocal(double gamma, double alpha) {
        Require.that(gamma >= 0 && Double.isFinite(gamma), "gamma", gamma, "gamma >= 0");
        Require.that(alpha >= 0 && alpha <= 1, "alpha", alpha, "0 <= alpha <= 1");
        String name = "binaryFocal(gamma=" + gamma + ", alpha=" + alpha + ")";
        return new Compared(name, 0, 1, Formulas.binaryFocal(gamma, alpha));
    }

    /**
     * {@code max(0, 1 - s·z)}, where {@code s} is 1 for targets above 0 and -1 for others; targets are 1 and either 0 or -1.
     *
     * @see "Cortes and Vapnik, Support-vector networks (1995), section 3"
     */
    public static PointwiseLoss hinge() {
        return new Compared("hinge", -1, 1, Formulas::hinge);
    }

    /**
     * The square of {@link #hinge()}.
     *
     * @see "Chang et al., Coordinate descent method for large-scale L2-loss linear support vector machines (2008)"
     */
    public static PointwiseLoss squaredHinge() {
        return new Compared("squaredHinge", -1, 1, (b, z, t) -> Formulas.square(b, Formulas.hinge(b, z, t)));
    }

    /**
     * For each row {@code 1 - (2 Σ p t + 1) / (Σ p + Σ t + 1)} over all its elements, with {@code p = sigmoid(z)} and {@code 0 <= t
     * <= 1}: how little two masks overlap. The ones keep rows without any yes defined.
     *
     * @see "Drozdzal et al., The importance of skip connections in biomedical image segmentation (2016)"
     */
    public static PointwiseLoss dice() {
        return new Compared("dice", 0, 1, Formulas.dice(1));
    }

    // ---- classes

    /**
     * Mean cross-entropy between class scores {@code [batch, …, classes]} and true classes, int64 {@code [batch, …]}: the mean of
     * {@code log(sum_j exp(z_j)) - z_c}, in nats. Probabilities as targets, label smoothing, class weights and a number to ignore
     * are settings of its own.
     *
     * @see "Goodfellow et al., Deep Learning (2016), section 6.2.2.3"
     */
    public static SoftmaxCrossEntropy softmaxCrossEntropy() {
        return SoftmaxCrossEntropy.plain();
    }

    /**
     * {@code -(1 - p)^gamma log p} with {@code p} the softmax of the scores {@code [batch, …, classes]} at the true class, int64
     * {@code [batch, …]}; class weights and a number to ignore are settings of its own.
     *
     * @param gamma how far it looks away from what is right already, {@code >= 0}; 2 is usual
     * @see "Lin et al., Focal loss for dense object detection (2017), eq. 4"
     */
    public static Focal focal(double gamma) {
        return new Focal(gamma, List.of(), null);
    }

    /**
     * {@code max(0, 1 + max_{j != c} z_j - z_c)} for scores {@code [batch, …, classes]} and true classes {@code c}, int64 {@code
     * [batch, …]}.
     *
     * @see "Crammer and Singer, On the algorithmic implementation of multiclass kernel-based vector machines (2001)"
     */
    public static PointwiseLoss multiclassHinge() {
        return new MulticlassHinge(false);
    }

    /** The square of {@link #multiclassHinge()}. */
    public static PointwiseLoss squaredMulticlassHinge() {
        return new MulticlassHinge(true);
    }

    /**
     * {@code sum_j t_j (log t_j - log softmax(z)_j)} in nats: how far the scores' distribution {@code [batch, …, classes]} is from a
     * true one of the same shape, each of sum 1; the mean is over positions. Cross-entropy less the targets' own entropy.
     *
     * @see "Kullback and Leibler, On information and sufficiency (1951)"
     */
    public static PointwiseLoss klDivergence() {
        return new Compared("klDivergence", 0, 1, Formulas::klDivergence);
    }

    // ---- vectors

    /**
     * {@code 1 - y·t / (|y| |t|)} along the last axis: 0 for vectors of one direction, 2 for opposite ones, and 1 where one is zero.
     *
     * @see "Manning et al., Introduction to Information Retrieval (2008), section 6.3.1"
     */
    public static PointwiseLoss cosine() {
        return new Compared("cosine", Formulas::cosine);
    }

    /**
     * {@code max(0, |a - p| - |a - n| + margin)} for anchors, positives and negatives: a prediction {@code [batch, 3, size]}, or
     * {@code [3n, size]} with n anchors, then their positives, then their negatives. It reads no target.
     *
     * @param margin how much nearer the positive has to be, {@code > 0}; 1 is usual
     * @see "Balntas et al., Learning local feature descriptors with triplets and shallow convolutional neural networks (2016)"
     */
    public static PointwiseLoss triplet(double margin) {
        return new Triplet(margin);
    }

    /**
     * Picks each query's document among those of the batch (InfoNCE, multiple negatives), for embeddings: the prediction {@code [2n,
     * size]} is n queries, then their n documents in the same order, each row of length 1; targets, int64 {@code [2n]}, are equal
     * for rows that mean the same and differ otherwise, such as {@code 0 … n-1, 0 … n-1}. Softmax cross-entropy of {@code scale}
     * times the cosines. Other shapes, and documents that pick queries too, are described there.
     *
     * @param scale the inverse of the softmax's temperature, {@code > 0}; 20 is usual
     * @see "Henderson et al., Efficient natural language response suggestion for Smart Reply (2017), section 4.4"
     */
    public static InBatchNegatives inBatchNegatives(double scale) {
        return new InBatchNegatives(scale, false);
    }

    // ---- sequences

    /** {@link #ctc(int, int)} with class 0 for the blank. */
    public static PointwiseLoss ctc(int labels) {
        return ctc(labels, 0);
    }

    /**
     * Connectionist temporal classification: for scores {@code [batch, steps, classes]} the negative log-probability of the labels
     * {@code [batch, labels]}, int64, over all ways to place them on the steps, in nats; the mean is over rows, not divided by
     * lengths. Two more columns, int64 {@code [batch]}, say how much of each row counts: {@code input_length} of the steps and
     * {@code target_length} of the labels, none of them the blank; what lies beyond may hold any class.
     *
     * <p>The recursion is unrolled: the graph grows with the number of steps, which has to be known when it is built. Rows whose
     * labels do not fit their steps have probability 0 and an infinite loss; they are left out, with loss, gradient and weight 0.
     *
     * @param labels the most labels of a target, {@code > 0}
     * @param blank the class that stands for no label
     * @see "Graves et al., Connectionist temporal classification (2006), section 4.1"
     */
    public static PointwiseLoss ctc(int labels, int blank) {
        return new Ctc(labels, blank);
    }

    // ---- of one's own, and together

    /**
     * A loss of one's own for targets of the prediction's type and shape.
     *
     * <pre>{@code
     * Loss absolute = Losses.of("absolute", (b, y, t) -> b.node(Op.ABS, Attributes.none(), b.sub(y, t)));
     * }</pre>
     *
     * Losses that read other columns implement {@link PointwiseLoss} or {@link Loss}.
     *
     * @param name for lineage
     * @param formula writes the terms, of which the loss is the mean
     */
    public static PointwiseLoss of(String name, Formula formula) {
        return new Compared(name, formula);
    }

    /** The sum of several losses: of one output, of several ({@link #on}), and of prices on parameters. */
    public static Loss sum(Loss... parts) {
        return new Sum(List.of(parts));
    }

    /**
     * A loss times a number, such as its share in a sum.
     *
     * @param factor {@code >= 0}
     */
    public static Loss scaled(double factor, Loss loss) {
        return new Scaled(factor, loss);
    }

    /**
     * A loss of one of several outputs of a graph. Its columns are named after it: {@code boxes/target}, {@code boxes/weight}.
     *
     * @param output the output's name
     */
    public static Loss on(String output, Loss loss) {
        return new OnOutput(output, loss);
    }

    /**
     * A price on the size of parameters, to be added to a loss: {@code factor·Σ|w|}, with a gradient of 0 at 0.
     *
     * @param factor {@code >= 0}
     * @param patterns which parameters, as {@link io.maas.train.NamePattern} describes, such as {@code *weight}; all without any
     * @see "Goodfellow et al., Deep Learning (2016), section 7.1.2"
     */
    public static Loss l1(double factor, String... patterns) {
        return Penalty.of("l1", (b, parameter) -> b.node(Op.ABS, Attributes.none(), parameter), factor, patterns);
    }

    /**
     * A price on the size of parameters, to be added to a loss: {@code factor·Σw²}. Under plain gradient descent it is a weight decay
     * of twice the factor.
     *
     * @param factor {@code >= 0}
     * @param patterns which parameters, as {@link io.maas.train.NamePattern} describes, such as {@code *weight}; all without any
     * @see "Goodfellow et al., Deep Learning (2016), section 7.1.1"
     */
    public static Loss l2(double factor, String... patterns) {
        return Penalty.of("l2", Formulas::square, factor, patterns);
    }
}
