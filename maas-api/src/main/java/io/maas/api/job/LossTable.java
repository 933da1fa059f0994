package io.maas.api.job;

import static java.util.Map.entry;

import io.maas.train.Loss;
import io.maas.training.loss.BinaryCrossEntropy;
import io.maas.training.loss.Losses;
import io.maas.training.loss.SoftmaxCrossEntropy;
import io.maas.training.preprocessing.Target;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/** What a job may make small. */
final class LossTable {
    /** What a loss is, and for which targets. */
    private record Type(Target.Kind target, Function<Declared, Loss> make) {}

    private static final SortedMap<String, Type> TYPES = new TreeMap<>(Map.ofEntries(
            number("mean_squared", it -> Losses.meanSquared()),
            number("mean_absolute", it -> Losses.meanAbsolute()),
            number("huber", it -> Losses.huber(it.number("delta", 1))),
            number("log_cosh", it -> Losses.logCosh()),
            number("quantile", it -> Losses.quantile(it.number("q"))),
            number("poisson", it -> Losses.poisson()),
            binary("binary_cross_entropy", LossTable::binaryCrossEntropy),
            binary("binary_focal", it -> Losses.binaryFocal(it.number("gamma", 2), it.number("alpha", 0.25))),
            binary("hinge", it -> Losses.hinge()),
            binary("squared_hinge", it -> Losses.squaredHinge()),
            classes("softmax_cross_entropy", LossTable::softmaxCrossEntropy),
            classes("focal", it -> Losses.focal(it.number("gamma", 2))),
            classes("multiclass_hinge", it -> Losses.multiclassHinge()),
            classes("squared_multiclass_hinge", it -> Losses.squaredMulticlassHinge())));

    private LossTable() {}

    private static Map.Entry<String, Type> number(String name, Function<Declared, Loss> make) {
        return entry(name, new Type(Target.Kind.NUMBER, make));
    }

    private static Map.Entry<String, Type> binary(String name, Function<Declared, Loss> make) {
        return entry(name, new Type(Target.Kind.BINARY, make));
    }

    private static Map.Entry<String, Type> classes(String name, Function<Declared, Loss> make) {
        return entry(name, new Type(Target.Kind.CLASSES, make));
    }

    /** @param target the kind that it is to be for */
    static Loss read(Map<String, Object> declared, Target.Kind target) {
        Declared it = new Declared("loss", declared);
        Type type = it.type(TYPES);
        if (type.target != target) {
            throw it.refusal(
                    "type",
                    "one for a target of type " + name(type.target),
                    "one for a target of type " + name(target) + ": "
                            + TYPES.entrySet().stream()
                                    .filter(each -> each.getValue().target == target)
                                    .map(Map.Entry::getKey)
                                    .toList());
        }
        Loss loss = it.made(() -> penalized(it, type.make.apply(it)));
        it.end();
        return loss;
    }

    private static String name(Target.Kind kind) {
        return kind.name().toLowerCase(java.util.Locale.ROOT);
    }

    private static Loss penalized(Declared it, Loss loss) {
        Loss first = it.has("l1") ? Losses.sum(loss, penalty(it, "l1", Losses::l1)) : loss;
        return it.has("l2") ? Losses.sum(first, penalty(it, "l2", Losses::l2)) : first;
    }

    private static Loss penalty(Declared it, String member, Function<Double, Loss> make) {
        double factor = it.number(member);
        return it.made(member, () -> make.apply(factor));
    }

    private static Loss binaryCrossEntropy(Declared it) {
        BinaryCrossEntropy read = Losses.binaryCrossEntropy();
        read = it.has("label_smoothing") ? read.labelSmoothing(it.number("label_smoothing")) : read;
        return it.has("positive_weight") ? read.positiveWeight(it.number("positive_weight")) : read;
    }

    private static Loss weighted(SoftmaxCrossEntropy loss, Declared it) {
        double[] weights = it.numbers("class_weights");
        return it.made("class_weights", () -> loss.classWeights(weights));
    }

    private static Loss softmaxCrossEntropy(Declared it) {
        SoftmaxCrossEntropy read = Losses.softmaxCrossEntropy();
        read = it.has("label_smoothing") ? read.labelSmoothing(it.number("label_smoothing")) : read;
        return it.has("class_weights") ? weighted(read, it) : read;
    }
}
