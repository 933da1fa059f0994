package io.maas.training.loop;

import io.maas.tensor.Tensors;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How far a training has come, beside what its step carries: the place in the data, the means so far, what the epochs came to, and the
 * best weights. With the step's own state all that is needed to go on.
 *
 * <p>Not thread-safe.
 */
final class Course implements StepReport {
    private static final String METRIC = "metric.";

    private final Selection selection;
    private final int batches;
    private final List<EpochReport> reports = new ArrayList<>();
    private Mean mean;
    private int epoch = 1;
    private int batch;
    private long steps;
    private double latest = Double.NaN;
    private double best;
    private int keptEpoch;
    private @Nullable Tensors kept;
    private Duration spent = Duration.ZERO;

    /**
     * A training that has not begun.
     *
     * @param batches of an epoch
     */
    Course(Selection selection, int batches) {
        this.selection = selection;
        this.batches = batches;
        this.mean = new Mean();
        this.best = selection.worst();
    }

    // ---- what it is

    @Override
    public int epoch() {
        return epoch;
    }

    @Override
    public int batch() {
        return batch;
    }

    @Override
    public int batches() {
        return batches;
    }

    @Override
    public long step() {
        return steps;
    }

    @Override
    public long rows() {
        return mean.rows();
    }

    @Override
    public double loss() {
        return latest;
    }

    @Override
    public double meanLoss() {
        return mean.loss();
    }

    /** The means of this epoch's batches so far. */
    Scores scores() {
        return mean.scores();
    }

    /** The time that this epoch took before the training was broken off. */
    Duration spent() {
        return spent;
    }

    History history() {
        return new History(reports, keptEpoch);
    }

    /** The weights of the best epoch so far, where these are kept. */
    @Nullable
    Tensors kept() {
        return kept;
    }

    /** Whether so many epochs are over, or it is time to stop early. */
    boolean isOver(int epochs) {
        boolean waited = selection.patience() > 0 && reports.size() - keptEpoch >= selection.patience();
        return reports.size() >= epochs || (waited && !reports.isEmpty());
    }

    // ---- going on

    /** A step has ended. */
    void advance(TrainingStep.Outcome outcome, long rows) {
        mean.add(outcome, rows);
        latest = outcome.loss();
        batch++;
        steps++;
    }

    /**
     * An epoch has ended.
     *
     * @param weights at its end; null if they are not to be kept
     */
    void advance(EpochReport report, @Nullable Tensors weights) {
        reports.add(report);
        Scores held = report.validation();
        if (!selection.best() || held == null) {
            keptEpoch = report.epoch();
        } else if (selection.isBetter(selection.of(held), best) || keptEpoch == 0) {
            best = selection.of(held);
            kept = weights;
            keptEpoch = report.epoch();
        }
        epoch++;
        batch = 0;
        mean = new Mean();
        spent = Duration.ZERO;
    }

    // ---- in a checkpoint

    /** @param running the time that this epoch has taken so far */
    Facts facts(Duration running) {
        Facts facts = new Facts()
                .put("epoch", epoch)
                .put("batch", batch)
                .put("steps", steps)
                .put("latest", latest)
                .put("best", best)
                .put("keptEpoch", keptEpoch)
                .put("nanos", running.toNanos())
                .put("epochs", reports.size());
        facts.putAll("mean.", mean.facts());
        for (EpochReport report : reports) {
            String prefix = "report." + report.epoch() + ".";
            facts.put(prefix + "epochs", report.epochs())
                    .put(prefix + "nanos", report.duration().toNanos());
            facts.putAll(prefix + "train.", facts(report.train()));
            if (report.validation() != null) {
                facts.putAll(prefix + "validation.", facts(report.validation()));
            }
        }
        return facts;
    }

    /** Goes on from what {@link #facts} wrote. */
    void restore(Facts facts, @Nullable Tensors bestWeights) {
        epoch = Math.toIntExact(facts.whole("epoch"));
        batch = Math.toIntExact(facts.whole("batch"));
        steps = facts.whole("steps");
        latest = facts.number("latest");
        best = facts.number("best");
        keptEpoch = Math.toIntExact(facts.whole("keptEpoch"));
        spent = Duration.ofNanos(facts.whole("nanos"));
        kept = bestWeights;
        mean.restore(facts.part("mean."));
        reports.clear();
        for (int i = 1; i <= facts.whole("epochs"); i++) {
            Facts part = facts.part("report." + i + ".");
            reports.add(new EpochReport(
                    i,
                    Math.toIntExact(part.whole("epochs")),
                    scores(part.part("train.")),
                    part.find("validation." + Scores.LOSS) == null ? null : scores(part.part("validation.")),
                    Duration.ofNanos(part.whole("nanos"))));
        }
    }

    private static Facts facts(Scores scores) {
        Facts facts = new Facts().put(Scores.LOSS, scores.loss());
        if (scores.accuracy() != null) {
            facts.put(Scores.ACCURACY, scores.accuracy());
        }
        scores.metrics().forEach((name, value) -> facts.put(METRIC + name, value));
        return facts;
    }

    private static Scores scores(Facts facts) {
        Facts measured = facts.part(METRIC);
        Map<String, Double> metrics = new LinkedHashMap<>();
        measured.texts().keySet().forEach(name -> metrics.put(name, measured.number(name)));
        boolean counted = facts.find(Scores.ACCURACY) != null;
        return new Scores(facts.number(Scores.LOSS), counted ? facts.number(Scores.ACCURACY) : null, metrics);
    }
}
