package io.maas.training.loss;

import io.maas.graph.Attributes;
import io.maas.graph.Op;
import io.maas.tensor.Tensor;
import java.util.List;
import java.util.stream.Stream;

/** Every loss once and more, with predictions of a usual size or as large as they get. */
final class Cases {
    private static final long[] MEANINGS = {0, 1, 2, 2, 0, 1, 2, 2};

    private Cases() {}

    /** @param size what the predictions are up to */
    static Stream<LossCase> all(double size) {
        return Stream.of(numbers(size), answers(size), classes(size), vectors(size), sequences(size))
                .flatMap(List::stream);
    }

    private static Tensor scores(long seed, double size, long... shape) {
        return LossCase.uniform(seed, -size, size, shape);
    }

    private static List<LossCase> numbers(double size) {
        Tensor y = scores(1, size, 5, 3);
        Tensor t = scores(2, size, 5, 3);
        Tensor counts = LossCase.uniform(3, 0, 4, 5, 3);
        return List.of(
                LossCase.of(Losses.meanSquared(), y, t),
                LossCase.of(Losses.meanAbsolute(), y, t),
                LossCase.of(Losses.huber(0.7), y, t),
                LossCase.of(Losses.huber(0.7).weighted(2), y, t).with("weight", LossCase.uniform(4, 0, 3, 5, 3)),
                LossCase.of(Losses.logCosh(), y, t),
                LossCase.of(Losses.quantile(0.9), y, t),
                // Larger scores are beyond float32 by themselves.
                LossCase.of(Losses.poisson(), scores(1, Math.min(size, 40), 5, 3), counts),
                LossCase.of(Losses.poissonLikelihood(), scores(1, Math.min(size, 40), 5, 3), counts),
                LossCase.of(Losses.of("own", (b, a, c) -> b.node(Op.ABS, Attributes.none(), b.sub(a, c))), y, t));
    }

    private static List<LossCase> answers(double size) {
        Tensor z = scores(5, size, 4, 6);
        Tensor t = LossCase.bits(6, 4, 6);
        return List.of(
                LossCase.of(Losses.binaryCrossEntropy(), z, t),
                LossCase.of(Losses.binaryCrossEntropy(), z, LossCase.uniform(7, 0, 1, 4, 6)),
                LossCase.of(Losses.binaryCrossEntropy().positiveWeight(3).labelSmoothing(0.2), z, t),
                LossCase.of(Losses.binaryCrossEntropy().positiveWeight(1, 2, 3, 4, 5, 6), z, t),
                LossCase.of(Losses.binaryFocal(2, 0.25), z, t),
                LossCase.of(Losses.binaryFocal(0.5, 0.5), z, LossCase.uniform(7, 0, 1, 4, 6)),
                LossCase.of(Losses.hinge(), z, t),
                LossCase.of(Losses.squaredHinge(), z, t),
                LossCase.of(Losses.dice(), z, t),
                LossCase.of(Losses.dice().weighted(), z, t).with("weight", LossCase.uniform(8, 0, 3, 4)));
    }

    private static List<LossCase> classes(double size) {
        Tensor z = scores(9, size, 6, 4);
        Tensor c = LossCase.classes(10, 4, 6);
        Tensor longer = scores(11, size, 3, 5, 4);
        Tensor q = LossCase.distribution(12, 6, 4);
        return List.of(
                LossCase.of(Losses.softmaxCrossEntropy(), z, c),
                LossCase.of(Losses.softmaxCrossEntropy(), longer, LossCase.classes(13, 4, 3, 5)),
                LossCase.of(Losses.softmaxCrossEntropy().labelSmoothing(0.1), z, c),
                LossCase.of(
                        Losses.softmaxCrossEntropy().classWeights(1, 0, 2, 3).labelSmoothing(0.1), z, c),
                LossCase.of(Losses.softmaxCrossEntropy().ignore(3).classWeights(1, 2, 3, 4), z, c),
                LossCase.of(Losses.softmaxCrossEntropy().probabilities(), z, q),
                LossCase.of(Losses.softmaxCrossEntropy().probabilities().classWeights(1, 2, 3, 4), z, q),
                LossCase.of(Losses.softmaxCrossEntropy().weighted(2), longer, LossCase.classes(13, 4, 3, 5))
                        .with("weight", LossCase.bits(14, 3, 5)),
                LossCase.of(Losses.focal(2), z, c),
                LossCase.of(Losses.focal(0.5).classWeights(1, 2, 3, 4).ignore(0), z, c),
                LossCase.of(Losses.multiclassHinge(), z, c),
                LossCase.of(Losses.squaredMulticlassHinge(), z, c),
                LossCase.of(Losses.klDivergence(), z, q));
    }

    private static List<LossCase> vectors(double size) {
        return List.of(
                LossCase.of(Losses.cosine(), scores(15, size, 4, 5), scores(16, size, 4, 5)),
                LossCase.of(Losses.triplet(size), scores(17, size, 9, 4)),
                LossCase.of(Losses.triplet(size), scores(17, size, 5, 3, 4)),
                LossCase.of(Losses.inBatchNegatives(0.5), scores(18, size, 8, 3), Tensor.of(MEANINGS)),
                LossCase.of(Losses.inBatchNegatives(0.5).bothWays(), scores(18, size, 8, 3), Tensor.of(MEANINGS)),
                LossCase.of(
                        Losses.inBatchNegatives(0.5).bothWays(),
                        scores(18, size, 3, 4, 3),
                        LossCase.classes(19, 6, 3, 4)));
    }

    private static List<LossCase> sequences(double size) {
        return List.of(
                LossCase.of(Losses.ctc(3), scores(20, size, 5, 6, 4), Tensor.of(LABELS, 5, 3))
                        .with("input_length", Tensor.of(new long[] {6, 5, 6, 3, 1}))
                        .with("target_length", Tensor.of(new long[] {3, 2, 0, 3, 1})),
                LossCase.of(Losses.ctc(1, 2), scores(21, size, 2, 1, 3), Tensor.of(new long[] {0, 1}, 2, 1))
                        .with("input_length", Tensor.of(new long[] {1, 1}))
                        .with("target_length", Tensor.of(new long[] {1, 0})));
    }

    /** Labels that repeat, that do not fit their steps, and none at all. */
    private static final long[] LABELS = {1, 2, 2, 3, 3, 0, 0, 0, 0, 1, 1, 1, 2, 0, 0};
}
