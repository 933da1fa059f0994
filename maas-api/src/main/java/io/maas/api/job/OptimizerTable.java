package io.maas.api.job;

import static java.util.Map.entry;

import io.maas.error.InvalidInputException;
import io.maas.train.Optimizer;
import io.maas.train.Plateau;
import io.maas.train.Schedule;
import io.maas.training.optimizer.Adam;
import io.maas.training.optimizer.Optimizers;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** How a job may learn: optimizers, what may be around them, and schedules. */
final class OptimizerTable {
    private static final long MAX_STEPS = 1L << 40;
    private static final int MAX_PHASES = 32;
    private static final String RATE = "learning_rate";
    private static final double MAX_RATE = 1e6;

    private static final SortedMap<String, Function<Declared, Optimizer>> TYPES = new TreeMap<>(Map.ofEntries(
            entry(
                    "sgd",
                    it -> Optimizers.momentum(rate(it), it.number("momentum", 0))
                            .withNesterov(it.is("nesterov"))),
            entry("adam", OptimizerTable::adam),
            entry("adam_w", it -> Optimizers.adamW(rate(it), it.number("weight_decay", 0.01))),
            entry("ada_grad", it -> Optimizers.adaGrad(rate(it))),
            entry("ada_delta", it -> Optimizers.adaDelta()),
            entry("rms_prop", it -> Optimizers.rmsProp(rate(it))),
            entry("ams_grad", it -> Optimizers.amsGrad(rate(it))),
            entry("adamax", it -> Optimizers.adamax(rate(it))),
            entry("n_adam", it -> Optimizers.nAdam(rate(it))),
            entry("r_adam", it -> Optimizers.rAdam(rate(it))),
            entry("lion", it -> Optimizers.lion(rate(it))),
            entry("lamb", it -> Optimizers.lamb(rate(it))),
            entry("muon", it -> Optimizers.muon(rate(it))),
            entry("adafactor", it -> Optimizers.adafactor())));

    private static final SortedMap<String, Function<Declared, Schedule>> SCHEDULES = new TreeMap<>(Map.ofEntries(
            entry("constant", it -> Schedule.constant(it.number("factor", 1))),
            entry("step", it -> Schedule.step(steps(it, "every"), it.number("factor"))),
            entry("exponential", it -> Schedule.exponential(it.number("factor"))),
            entry("warm_up", it -> Schedule.warmUp(steps(it, "steps"))),
            entry("linear", it -> Schedule.linear(steps(it, "steps"))),
            entry(
                    "polynomial",
                    it -> Schedule.polynomial(steps(it, "steps"), it.number("power"), it.number("floor", 0))),
            entry("cosine", it -> Schedule.cosine(steps(it, "steps"), it.number("floor", 0))),
            entry(
                    "cosine_restarts",
                    it -> Schedule.cosineRestarts(steps(it, "first"), it.number("growth", 1), it.number("floor", 0))),
            entry("one_cycle", it -> Schedule.oneCycle(steps(it, "steps"))),
            entry("plateau", OptimizerTable::plateau),
            entry("sequence", OptimizerTable::sequence)));

    private OptimizerTable() {}

    static Optimizer read(Map<String, Object> declared, @Nullable Map<String, Object> schedule) {
        Declared it = new Declared("optimizer", declared);
        Function<Declared, Optimizer> type = it.type(TYPES);
        Optimizer optimizer = it.made(() -> around(it, type.apply(it)));
        it.end();
        return schedule == null
                ? optimizer
                : Optimizers.scheduled(optimizer, schedule(new Declared("schedule", schedule)));
    }

    private static Optimizer around(Declared it, Optimizer optimizer) {
        Optimizer read = optimizer;
        read = it.has("clip_value") ? clipped(it, "clip_value", read, Optimizers::clipByValue) : read;
        read = it.has("clip_norm") ? clipped(it, "clip_norm", read, Optimizers::clipByNorm) : read;
        return it.has("accumulate") ? Optimizers.accumulated(read, it.count("accumulate", 1 << 20)) : read;
    }

    private static Optimizer clipped(
            Declared it, String member, Optimizer optimizer, BiFunction<Optimizer, Double, Optimizer> clip) {
        double limit = it.number(member);
        return it.made(member, () -> clip.apply(optimizer, limit));
    }

    /** More than any optimizer learns with, and few enough that no step overflows by it alone. */
    private static double rate(Declared it) {
        double rate = it.number(RATE);
        if (!(rate > 0 && rate <= MAX_RATE)) {
            throw it.refusal(RATE, rate, "0 < " + RATE + " <= " + MAX_RATE);
        }
        return rate;
    }

    private static Optimizer adam(Declared it) {
        Adam standard = Adam.defaults();
        return new Adam(
                rate(it),
                it.number("beta1", standard.beta1()),
                it.number("beta2", standard.beta2()),
                it.number("epsilon", standard.epsilon()));
    }

    private static long steps(Declared it, String member) {
        return it.whole(member, 1, MAX_STEPS);
    }

    private static Schedule schedule(Declared it) {
        Function<Declared, Schedule> type = it.type(SCHEDULES);
        Schedule schedule = it.made(() -> type.apply(it));
        it.end();
        return schedule;
    }

    private static Schedule plateau(Declared it) {
        Plateau read = Plateau.defaults();
        read = it.has("factor") ? read.withFactor(it.number("factor")) : read;
        read = it.has("patience") ? read.withPatience((int) it.whole("patience", 0, 1 << 20)) : read;
        read = it.has("floor") ? read.withFloor(it.number("floor")) : read;
        return Schedule.onPlateau(read.withHigherIsBetter(it.is("higher_is_better")));
    }

    /** One after the other; all but the last have an end. */
    private static Schedule sequence(Declared it) {
        List<Declared> phases = it.objects("phases");
        if (phases.isEmpty() || phases.size() > MAX_PHASES) {
            throw it.refusal("phases", phases.size() + " schedules", "1 to " + MAX_PHASES);
        }
        Schedule all = null;
        for (Declared phase : phases) {
            if ("sequence".equals(phase.peek("type"))) {
                throw new InvalidInputException(
                        phase.path() + ".type: \"sequence\" (expected: a schedule that is no sequence)");
            }
            Schedule read = schedule(phase);
            all = all == null ? read : all.then(read);
        }
        return java.util.Objects.requireNonNull(all, "there is a phase");
    }
}
