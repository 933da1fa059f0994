package io.maas.api.job;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.api.wire.DataSetInfo;
import io.maas.api.wire.JobInfo;
import io.maas.api.wire.JobRequest;
import io.maas.backend.onnxruntime.OnnxRuntimeBackend;
import io.maas.error.InvalidInputException;
import io.maas.error.MaasException;
import io.maas.error.ModelNotFoundException;
import io.maas.error.OverloadedException;
import io.maas.model.Lineage;
import io.maas.registry.ModelRegistry;
import io.maas.registry.StoredModelRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Jobs in their folder, without a network. */
@Timeout(180)
class TrainingJobsTest {
    private static final int EPOCHS = 12;

    @TempDir
    Path temporary;

    private Path folder;
    private ModelRegistry registry;

    @BeforeEach
    void open() {
        folder = temporary.resolve("jobs");
        registry = StoredModelRegistry.open(temporary.resolve("models"));
    }

    private static JobOptions options() {
        return JobOptions.defaults().withThreads(1).withBackend(new OnnxRuntimeBackend());
    }

    private TrainingJobs jobs() {
        return TrainingJobs.open(folder, registry, options());
    }

    private static DataSetInfo upload(TrainingJobs jobs, String csv) {
        DataSetUpload upload = jobs.dataSets().begin(1 << 20);
        upload.write(ByteBuffer.wrap(csv.getBytes(StandardCharsets.UTF_8)));
        return jobs.dataSets().complete(upload, "visits", DataSetFormat.csv(), "ada", null);
    }

    /** Waits until a job is over. */
    private static JobInfo over(TrainingJobs jobs, String id) throws InterruptedException {
        CountDownLatch over = new CountDownLatch(1);
        Runnable watcher = () -> {
            if (jobs.get(id).over()) {
                over.countDown();
            }
        };
        jobs.log(id).watch(watcher);
        watcher.run();
        over.await();
        jobs.log(id).unwatch(watcher);
        return jobs.get(id);
    }

    private static JobInfo ran(TrainingJobs jobs, JobRequest request) throws InterruptedException {
        return over(jobs, jobs.submit(request, "ada").id());
    }

    private static String weights(ModelRegistry registry, JobInfo job) {
        assertThat(job.reason()).isNull();
        assertThat(job.state()).isEqualTo("succeeded");
        return requireNonNull(lineage(registry, job).weightsHash());
    }

    private static Lineage lineage(ModelRegistry registry, JobInfo job) {
        return registry.load(registry.version(job.model(), requireNonNull(job.version())))
                .manifest()
                .lineage();
    }

    // ---- restarts

    /** What a disk holds when the process is killed between two steps. */
    @Test
    void aKilledProcessGoesOnToTheSameBits() throws Exception {
        Path image = temporary.resolve("image");
        AtomicBoolean copied = new AtomicBoolean();
        JobInfo whole;
        try (TrainingJobs jobs = jobs()) {
            DataSetInfo set = upload(jobs, Visits.csv(200));
            JobInfo first = jobs.submit(Visits.request(set.id(), EPOCHS), "ada");
            jobs.log(first.id()).watch(() -> {
                JobInfo.Progress progress = jobs.get(first.id()).progress();
                if (progress != null && progress.epoch() >= 5 && copied.compareAndSet(false, true)) {
                    copy(folder, image);
                }
            });
            whole = over(jobs, first.id());
        }
        assertThat(copied).isTrue();
        ModelRegistry other = StoredModelRegistry.open(temporary.resolve("others"));
        try (TrainingJobs again = TrainingJobs.open(image, other, options())) {
            JobInfo resumed = over(again, whole.id());
            assertThat(weights(other, resumed)).isEqualTo(weights(registry, whole));
            assertThat(resumed.metrics()).isEqualTo(whole.metrics());
            assertThat(log(again, resumed)).contains("\"goes on in epoch ").contains("\"state\":\"queued\"");
        }
    }

    /** Killed between publication and the note of it. */
    @Test
    void aResultThatIsPublishedAlreadyIsNotPublishedTwice() throws Exception {
        Path image = temporary.resolve("image");
        AtomicBoolean copied = new AtomicBoolean();
        try (TrainingJobs jobs = jobs()) {
            DataSetInfo set = upload(jobs, Visits.csv(100));
            JobInfo job = jobs.submit(Visits.request(set.id(), 6), "ada");
            jobs.log(job.id()).watch(() -> {
                JobInfo.Progress progress = jobs.get(job.id()).progress();
                if (progress != null && progress.epoch() >= 3 && copied.compareAndSet(false, true)) {
                    copy(folder, image);
                }
            });
            assertThat(over(jobs, job.id()).version()).isEqualTo(1);
            try (TrainingJobs again = TrainingJobs.open(image, registry, options())) {
                assertThat(over(again, job.id()).version()).isEqualTo(1);
            }
        }
        assertThat(registry.versions("visits")).hasSize(1);
    }

    private static void copy(Path from, Path to) {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path target = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, target);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String log(TrainingJobs jobs, JobInfo job) {
        StringBuilder text = new StringBuilder();
        JobLog log = jobs.log(job.id());
        for (long from = 0; from < log.end(); ) {
            List<JobLog.Line> lines = log.read(from, 1);
            lines.forEach(line -> text.append(line.json()).append('\n'));
            from = lines.get(lines.size() - 1).end();
        }
        return text.toString();
    }

    @Test
    void closingBreaksOffAndOpeningGoesOn() throws Exception {
        JobInfo whole;
        JobInfo running;
        JobInfo waiting;
        DataSetInfo set;
        try (TrainingJobs jobs = jobs()) {
            set = upload(jobs, Visits.csv(200));
            whole = ran(jobs, Visits.request(set.id(), EPOCHS));
            CountDownLatch training = new CountDownLatch(1);
            JobRequest renamed = JobRequest.parse(
                    Visits.document(set.id(), EPOCHS, "").replace("\"model\": \"visits\"", "\"model\": \"again\""));
            running = jobs.submit(renamed, "ada");
            waiting = jobs.submit(Visits.request(set.id(), 3), "bob");
            Thread closing = new Thread(jobs::close);
            jobs.log(running.id()).watch(() -> {
                JobInfo.Progress progress = jobs.get(running.id()).progress();
                if (progress != null && progress.epoch() >= 4 && training.getCount() == 1) {
                    closing.start();
                    training.countDown();
                    // Until it has told this job, which it does before it waits.
                    while (closing.getState() != Thread.State.TIMED_WAITING) {
                        Thread.onSpinWait();
                    }
                }
            });
            training.await();
            closing.join();
            assertThat(jobs.get(running.id()).state()).isEqualTo("running");
            assertThatThrownBy(() -> jobs.submit(renamed, "ada")).isInstanceOf(IllegalStateException.class);
        }
        try (TrainingJobs again = jobs()) {
            JobInfo resumed = over(again, running.id());
            assertThat(weights(registry, resumed)).isEqualTo(weights(registry, whole));
            assertThat(log(again, resumed)).contains("\"goes on in epoch ");
            assertThat(over(again, waiting.id()).state()).isEqualTo("succeeded");
            assertThat(again.list().stream().map(JobInfo::who)).containsExactly("ada", "ada", "bob");
            assertThat(again.dataSets().list()).containsExactly(set);
        }
    }

    @Test
    void aFolderIsForOneAtATime() {
        try (TrainingJobs jobs = jobs()) {
            assertThatThrownBy(this::jobs).isInstanceOf(MaasException.class).hasMessageContaining("in use");
            assertThat(jobs.list()).isEmpty();
        }
        jobs().close();
    }

    // ---- cancellation

    @Test
    void aCancelledJobIsResumedToTheSameBits() throws Exception {
        try (TrainingJobs jobs = jobs()) {
            DataSetInfo set = upload(jobs, Visits.csv(200));
            JobInfo whole = ran(jobs, Visits.request(set.id(), EPOCHS));
            JobRequest renamed = JobRequest.parse(
                    Visits.document(set.id(), EPOCHS, "").replace("\"model\": \"visits\"", "\"model\": \"again\""));
            JobInfo job = jobs.submit(renamed, "ada");
            AtomicBoolean cancelled = new AtomicBoolean();
            jobs.log(job.id()).watch(() -> {
                JobInfo.Progress progress = jobs.get(job.id()).progress();
                if (progress != null && progress.epoch() >= 5 && cancelled.compareAndSet(false, true)) {
                    jobs.cancel(job.id());
                }
            });
            JobInfo ended = over(jobs, job.id());
            assertThat(ended.state()).isEqualTo("cancelled");
            assertThat(ended.version()).isNull();
            assertThat(requireNonNull(ended.progress()).epoch()).isBetween(5, EPOCHS - 1);
            assertThat(registry.models()).containsExactly("visits");
            assertThat(jobs.cancel(job.id()).state()).isEqualTo("cancelled");
            JobInfo unused = jobs.resume(job.id());
            assertThat(weights(registry, over(jobs, job.id()))).isEqualTo(weights(registry, whole));
            assertThatThrownBy(() -> jobs.resume(job.id()))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("succeeded");
        }
    }

    @Test
    void aJobThatWaitsIsCancelledAtOnceAndTheQueueHasAnEnd() throws Exception {
        try (TrainingJobs jobs = TrainingJobs.open(folder, registry, options().withQueue(1))) {
            DataSetInfo set = upload(jobs, Visits.csv(100));
            CountDownLatch training = new CountDownLatch(1);
            CountDownLatch goOn = new CountDownLatch(1);
            JobInfo running = jobs.submit(Visits.request(set.id(), 500), "ada");
            jobs.log(running.id()).watch(() -> {
                training.countDown();
                await(goOn);
            });
            training.await();
            JobInfo waiting = jobs.submit(Visits.request(set.id(), 2), "ada");
            assertThatThrownBy(() -> jobs.submit(Visits.request(set.id(), 2), "ada"))
                    .isInstanceOf(OverloadedException.class);
            assertThat(jobs.cancel(waiting.id()).state()).isEqualTo("cancelled");
            JobInfo next = jobs.submit(Visits.request(set.id(), 2), "ada");
            assertThat(jobs.cancel(running.id()).state()).isEqualTo("running");
            goOn.countDown();
            assertThat(over(jobs, running.id()).state()).isEqualTo("cancelled");
            assertThat(over(jobs, next.id()).state()).isEqualTo("succeeded");
            assertThat(jobs.get(waiting.id()).started()).isNull();
            // Nothing holds it any more.
            CountDownLatch idle = new CountDownLatch(1);
            while (idle.getCount() > 0) {
                try {
                    jobs.dataSets().delete(set.id());
                    idle.countDown();
                } catch (IllegalStateException theLastOneIsAboutToGiveItBack) {
                    Thread.onSpinWait();
                }
            }
            assertThat(jobs.dataSets().list()).isEmpty();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    // ---- what fails

    private JobInfo failed(TrainingJobs jobs, DataSetInfo set, int epochs, String more) throws InterruptedException {
        JobInfo job = ran(jobs, JobRequest.parse(Visits.document(set.id(), epochs, more)));
        assertThat(job.state()).as(more).isEqualTo("failed");
        assertThat(job.version()).isNull();
        assertThat(job.resumable()).isFalse();
        assertThat(registry.models()).isEmpty();
        assertThat(job.reason()).doesNotContain(temporary.toString());
        assertThat(folder.resolve("jobs").resolve(job.id()).resolve("checkpoints"))
                .doesNotExist();
        return job;
    }

    @Test
    void whoTakesMoreThanTheBudgetFails() throws Exception {
        try (TrainingJobs jobs = jobs()) {
            DataSetInfo set = upload(jobs, Visits.csv(200));
            record Case(String budget, String reason) {}
            for (Case each : List.of(
                    new Case("\"seconds\": 0.3", "budget.seconds: used up (expected: at most 0.3"),
                    new Case("\"parameters\": 100", "budget.parameters: "),
                    new Case("\"steps\": 20", "budget.steps: 500000 (expected: at most 20"),
                    new Case("\"checkpoint_bytes\": 1000", "budget.checkpoint_bytes: "),
                    new Case("\"memory_bytes\": 1000", "budget.memory_bytes: "))) {
                JobInfo job = failed(jobs, set, 100_000, ", \"budget\": {" + each.budget + "}");
                assertThat(job.code()).as(each.budget).isEqualTo("budget_exceeded");
                assertThat(job.reason()).startsWith(each.reason);
            }
            JobInfo late = failed(
                    jobs, set, 100_000, ", \"early_stopping\": {\"patience\": 100000}, \"budget\": {\"steps\": 12}");
            assertThat(late.reason()).startsWith("budget.steps: 13 (expected: at most 12");
        }
    }

    @Test
    void aLossThatIsNotFiniteFails() throws Exception {
        try (TrainingJobs jobs = jobs()) {
            DataSetInfo set = upload(jobs, "x,y\n" + "1e30,1e30\n-1e30,-2e30\n5,6\n7,8\n".repeat(10));
            JobInfo job = ran(jobs, JobRequest.parse("""
                    {"model": "m", "data_set": "%s", "features": [{"type": "numbers", "columns": ["x"]}],
                     "target": {"column": "y", "type": "number"}, "network": [{"type": "dense", "units": 1}],
                     "loss": {"type": "mean_squared"}, "optimizer": {"type": "sgd", "learning_rate": 1}}
                    """.formatted(set.id())));
            assertThat(job.code()).isEqualTo("not_finite");
            assertThat(job.reason()).contains("training diverged at step 1").doesNotContain(temporary.toString());
            assertThat(registry.models()).isEmpty();
        }
    }

    @Test
    void aNetworkThatDoesNotFitItsTargetFailsBeforeItIsTrained() throws Exception {
        try (TrainingJobs jobs = jobs()) {
            DataSetInfo set = upload(jobs, Visits.csv(100));
            JobInfo job = ran(
                    jobs, JobRequest.parse(Visits.document(set.id(), 3, "").replace("\"units\": 2", "\"units\": 5")));
            assertThat(job.code()).isEqualTo("invalid_input");
            assertThat(job.reason()).startsWith("network: gives 5 scores a row (expected: 2");
            assertThat(job.progress()).isNull();
        }
    }

    @Test
    void oldJobsAreForgotten() throws Exception {
        try (TrainingJobs jobs = TrainingJobs.open(folder, registry, options().withKept(1))) {
            DataSetInfo set = upload(jobs, Visits.csv(60));
            JobInfo first = ran(jobs, Visits.request(set.id(), 1));
            JobInfo second = ran(jobs, Visits.request(set.id(), 2));
            while (jobs.find(first.id()).isPresent()) {
                Thread.onSpinWait();
            }
            assertThat(jobs.list()).containsExactly(second);
        }
    }

    // ---- documents

    @Test
    void aJobIsDataAndNeverCode() throws Exception {
        List<ProcessHandle> before = ProcessHandle.current().descendants().toList();
        try (TrainingJobs jobs = jobs()) {
            DataSetInfo set = upload(jobs, Visits.csv(60));
            for (String document : HostileJobs.documents(set.id())) {
                assertThatThrownBy(() -> jobs.submit(JobRequest.parse(document), "eve"))
                        .as(document.substring(0, Math.min(2_000, document.length())))
                        .isInstanceOfAny(InvalidInputException.class, ModelNotFoundException.class);
            }
            assertThat(jobs.list()).isEmpty();
            assertThat(ran(jobs, Visits.request(set.id(), 2)).state()).isEqualTo("succeeded");
        }
        assertThat(System.getProperty("maas.test.trap")).isNull();
        assertThat(ProcessHandle.current().descendants().toList()).isEqualTo(before);
        try (Stream<Path> files = Files.list(temporary)) {
            assertThat(files.map(file -> file.getFileName().toString())).containsExactlyInAnyOrder("jobs", "models");
        }
    }

    @Test
    void layersOfManyKindsAreTrained() throws Exception {
        try (TrainingJobs jobs = jobs()) {
            DataSetInfo set = upload(jobs, Visits.csv(80));
            String layers = """
                    {"type": "dense", "units": 16, "weight": "he_normal"}, {"type": "batch_norm"}, {"type": "gelu"},
                    {"type": "residual", "layers": [{"type": "dense", "units": 16}, {"type": "layer_norm"}]},
                    {"type": "reshape", "row": [4, 4]},
                    {"type": "parallel", "axis": -1, "branches": [
                       {"layers": [{"type": "gru", "hidden": 4, "last_state": true}]},
                       {"layers": [{"type": "conv", "channels": 3, "kernel": [3], "padding": "same"}, {"type": "flatten"}]}]},
                    {"type": "leaky_relu", "slope": 0.1},""";
            JobInfo job = ran(
                    jobs,
                    JobRequest.parse(
                            Visits.document(set.id(), 2, "").replace("{\"type\": \"dense\", \"units\": 16},", layers)));
            assertThat(job.reason()).isNull();
            assertThat(job.version()).isEqualTo(1);
        }
    }

    /** The documents of the guide. */
    @Test
    void whatTheGuideShowsIsTrained() throws Exception {
        List<String> documents = Pattern.compile("(?ms)^```json$(.*?)^```$")
                .matcher(Files.readString(Path.of("..", "docs", "training-jobs.md")))
                .results()
                .map(block -> block.group(1))
                .toList();
        assertThat(documents).hasSize(2);
        try (TrainingJobs jobs = jobs()) {
            DataSetInfo set = upload(jobs, Visits.csv(300));
            for (String document : documents) {
                JobInfo job = ran(jobs, JobRequest.parse(document.replace("visits-5e1f0c3a9d27b846", set.id())));
                assertThat(job.reason()).isNull();
                registry.setAlias("visits", "champion", requireNonNull(job.version()));
            }
            assertThat(registry.versions("visits")).hasSize(2);
        }
    }

    @Test
    void aNetworkBeyondAllMeasureIsNeverMade() throws Exception {
        try (TrainingJobs jobs = jobs()) {
            DataSetInfo set = upload(jobs, Visits.csv(60));
            for (String layers : List.of(
                    "{\"type\": \"dense\", \"units\": 1048576}, {\"type\": \"dense\", \"units\": 1048576}",
                    "{\"type\": \"dense\", \"units\": 100000}, {\"type\": \"reshape\", \"row\": [100000, 1]}, {\"type\": \"attention\", \"heads\": 1}, {\"type\": \"flatten\"}",
                    "{\"type\": \"reshape\", \"row\": [1, -1]}, {\"type\": \"lstm\", \"hidden\": 1048576}, {\"type\": \"flatten\"}")) {
                JobInfo job = ran(
                        jobs,
                        JobRequest.parse(Visits.document(set.id(), 1, "")
                                .replace("{\"type\": \"dense\", \"units\": 16}", layers)));
                assertThat(job.code()).as(job.reason()).isEqualTo("budget_exceeded");
            }
        }
    }

    @Test
    void columnsMayHaveAnyName() throws Exception {
        try (TrainingJobs jobs = jobs()) {
            DataSetInfo set = upload(jobs, Visits.csv(60).replace("age,city", "L\u00e4nge (cm),\"a, b\""));
            JobInfo job = ran(
                    jobs,
                    JobRequest.parse(Visits.document(set.id(), 1, "")
                            .replace("[\"age\"]", "[\"L\u00e4nge (cm)\"]")
                            .replace("[\"city\"]", "[\"a, b\"]")));
            assertThat(job.reason()).isNull();
        }
    }

    // ---- what is refused at once

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'learning_rate': 0.01 | 'learning_rate': -0.1 | optimizer.learning_rate: -0.1 (expected: 0 < learning_rate <= 1000000.0)",
                "'learning_rate': 0.01 | 'learning_rate': 1e300 | optimizer.learning_rate: 1.0E300 (expected: 0 < learning_rate <= 1000000.0)",
                "'learning_rate': 0.01 | 'learning_rate': 0.01, 'clip_norm': -1 | optimizer.clip_norm: -1.0 (expected: clip_norm > 0)",
                "'learning_rate': 0.01 | 'learning_rate': 0.01, 'beta2': 1 | optimizer.beta2: 1.0 (expected: 0.0 <= beta2 < 1.0)",
                "'softmax_cross_entropy' | 'softmax_cross_entropy', 'l2': -1 | loss.l2: -1.0 (expected: l2 >= 0)",
                "'softmax_cross_entropy' | 'softmax_cross_entropy', 'label_smoothing': 2 | loss.label_smoothing: 2.0 (expected: ",
                "'softmax_cross_entropy' | 'softmax_cross_entropy', 'class_weights': [-1, 1] | loss.class_weights: ",
                "'type': 'f1' | 'type': 'rmse' | metrics[0].type: ~rmse~ (expected: one for a target of type classes: [",
            })
    void aWrongMemberIsToldByItsPath(String right, String wrong, String message) throws Exception {
        try (TrainingJobs jobs = jobs()) {
            DataSetInfo set = upload(jobs, Visits.csv(20));
            String document =
                    Visits.document(set.id(), 1, "").replace(right.replace('\'', '"'), wrong.replace('\'', '"'));
            assertThatThrownBy(() -> jobs.submit(JobRequest.parse(document), "ada"))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageStartingWith(message.replace('~', '"'));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'inputs': {'nothing': ['age']} | fine_tune.inputs: no input ~nothing~ of the version (expected: some of [",
                "'inputs': {'age': ['height']} | fine_tune.inputs.age: no column ~height~ (expected: one of [age, city, comes])",
                "'rates': {'*': -1} | fine_tune.rates.*: -1.0 (expected: * > 0)",
            })
    void aWrongMemberOfAFineTuningIsToldByItsPath(String member, String message) throws Exception {
        try (TrainingJobs jobs = jobs()) {
            DataSetInfo set = upload(jobs, Visits.csv(100));
            assertThat(ran(jobs, Visits.request(set.id(), 1)).reason()).isNull();
            JobRequest request = JobRequest.parse("""
                    {"model": "visits", "data_set": "%s", "fine_tune": {"model": "visits", "version": 1, %s},
                     "target": {"column": "comes", "type": "classes"},
                     "loss": {"type": "softmax_cross_entropy"}, "optimizer": {"type": "adam", "learning_rate": 0.01}}
                    """.formatted(set.id(), member.replace('\'', '"')));
            assertThatThrownBy(() -> jobs.submit(request, "ada"))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageStartingWith(message.replace('~', '"'));
        }
    }

    // ---- fine-tuning

    @Test
    void aPublishedVersionGoesOnLearning() throws Exception {
        try (TrainingJobs jobs = jobs()) {
            DataSetInfo set = upload(jobs, Visits.csv(300));
            JobInfo first = ran(jobs, Visits.request(set.id(), 3));
            assertThat(first.state()).as(first.reason()).isEqualTo("succeeded");
            JobInfo tuned = ran(jobs, JobRequest.parse("""
                    {"model": "visits", "data_set": "%s",
                     "fine_tune": {"model": "visits", "version": "1"},
                     "target": {"column": "comes", "type": "classes"},
                     "split": {"type": "random", "validation": 0.2},
                     "loss": {"type": "softmax_cross_entropy"}, "optimizer": {"type": "adam", "learning_rate": 0.01},
                     "epochs": 20, "early_stopping": {"patience": 5}}
                    """.formatted(set.id())));
            assertThat(tuned.reason()).isNull();
            assertThat(tuned.version()).isEqualTo(2);
            assertThat(tuned.metrics().get("validation.accuracy")).isGreaterThan(0.85);
            Lineage lineage = lineage(registry, tuned);
            assertThat(requireNonNull(lineage.parent()).title()).isEqualTo("visits:1");
            assertThat(lineage.settings()).containsEntry("job", tuned.id());
            assertThat(registry.load(registry.version("visits", 2)).signature())
                    .isEqualTo(registry.load(registry.version("visits", 1)).signature());
        }
    }
}
