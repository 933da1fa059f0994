package io.maas.api.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.Maas;
import io.maas.api.client.ClientOptions;
import io.maas.api.client.MaasClient;
import io.maas.api.job.JobOptions;
import io.maas.api.job.TrainingJobs;
import io.maas.api.job.Visits;
import io.maas.api.security.ApiKey;
import io.maas.api.security.ApiKeys;
import io.maas.api.security.Grant;
import io.maas.api.wire.DataSetInfo;
import io.maas.api.wire.JobInfo;
import io.maas.backend.Backends;
import io.maas.backend.onnxruntime.OnnxRuntimeBackend;
import io.maas.error.MaasException;
import io.maas.error.QuotaExceededException;
import io.maas.registry.StoredModelRegistry;
import io.maas.storage.ForwardingStorage;
import io.maas.storage.Storage;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a server that trains does not let anybody do for ever. */
@Timeout(120)
class TrainingGuardsIT {
    @TempDir
    Path folder;

    /** A disk on which there is no room as long as somebody says so. */
    private static final class Disk extends ForwardingStorage {
        private final AtomicBoolean full;

        Disk(AtomicBoolean full) {
            super(Storage.disk());
            this.full = full;
        }

        @Override
        public Output open(Path file) throws IOException {
            return new ForwardingOutput(super.open(file)) {
                @Override
                public void write(ByteBuffer bytes, long position) throws IOException {
                    if (full.get()) {
                        throw new IOException(file + ": No space left on device");
                    }
                    super.write(bytes, position);
                }
            };
        }
    }

    /** A server whose first job does not go on before it is told to. */
    private final class Trainer implements AutoCloseable {
        final AtomicBoolean full = new AtomicBoolean();
        final ApiKeys keys = ApiKeys.open(folder.resolve("keys.json"));
        final ApiKey.Issued key = keys.issue("ada", Set.of(Grant.parse("train")), null);
        final CountDownLatch goOn = new CountDownLatch(1);
        final Maas maas =
                Maas.open(StoredModelRegistry.open(folder.resolve("models")), Backends.of(new OnnxRuntimeBackend()));
        final TrainingJobs jobs;
        final MaasServer server;

        Trainer(JobOptions options) {
            jobs = TrainingJobs.open(
                    folder.resolve("jobs"),
                    maas.registry(),
                    options.withBackend(new OnnxRuntimeBackend()).withStorage(new Disk(full)));
            server = MaasServer.start(
                    maas, ServerOptions.defaults().withKeys(keys).withTraining(jobs));
        }

        MaasClient client(String secret) {
            return MaasClient.connect(server.uri(), ClientOptions.defaults().withKey(secret));
        }

        /** A job that has begun. */
        JobInfo held(MaasClient client) throws InterruptedException {
            DataSetInfo set = client.dataSets().uploadCsv("visits", Visits.csv(60));
            JobInfo job = client.jobs().submit(Visits.request(set.id(), 200));
            CountDownLatch begun = new CountDownLatch(1);
            jobs.log(job.id()).watch(() -> {
                begun.countDown();
                try {
                    goOn.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            begun.await();
            return job;
        }

        @Override
        public void close() {
            goOn.countDown();
            server.close();
            jobs.close();
            maas.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"revoked", "expired"})
    void aKeyThatDoesNotHoldAnyMoreEndsItsStream(String how) throws Exception {
        try (Trainer trainer = new Trainer(JobOptions.defaults());
                MaasClient client = trainer.client(trainer.key.secret())) {
            JobInfo job = trainer.held(client);
            Instant expires = how.equals("expired") ? Instant.now().plusSeconds(3) : null;
            ApiKey.Issued watcher = trainer.keys.issue("ada", Set.of(Grant.parse("train")), expires);
            URI events = trainer.server.uri().resolve("/api/jobs/" + job.id() + "/events");
            HttpResponse<java.io.InputStream> stream = HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(events)
                                    .header("Authorization", "Bearer " + watcher.secret())
                                    .build(),
                            HttpResponse.BodyHandlers.ofInputStream());
            assertThat(stream.statusCode()).isEqualTo(200);
            if (expires == null) {
                trainer.keys.revoke(watcher.key().id());
            }
            // The job stands still: only the key ends it.
            List<String> lines = new BufferedReader(new InputStreamReader(stream.body(), StandardCharsets.UTF_8))
                    .lines()
                    .toList();
            assertThat(lines).contains("event: error");
            assertThat(lines.get(lines.indexOf("event: error") + 1))
                    .startsWith("data: {\"error\":\"not authenticated")
                    .contains("\"code\":\"unauthenticated\",\"request_id\":\"");
            assertThat(client.jobs().get(job.id()).state()).isEqualTo("running");
        }
    }

    @Test
    void whoFollowsByAKeyThatIsRevokedIsTold() throws Exception {
        try (Trainer trainer = new Trainer(JobOptions.defaults());
                MaasClient client = trainer.client(trainer.key.secret())) {
            JobInfo job = trainer.held(client);
            assertThatThrownBy(() -> client.jobs()
                            .follow(
                                    job.id(),
                                    event -> trainer.keys.revoke(
                                            trainer.key.key().id())))
                    .isInstanceOf(MaasException.class)
                    .hasMessageContaining("ended the stream of events: not authenticated");
        }
    }

    @Test
    void oneCallerDoesNotFillTheQueue() throws Exception {
        try (Trainer trainer = new Trainer(JobOptions.defaults().withOfOne(2));
                MaasClient client = trainer.client(trainer.key.secret());
                MaasClient other = trainer.client(trainer.keys
                        .issue("bob", Set.of(Grant.parse("train")), null)
                        .secret())) {
            JobInfo running = trainer.held(client);
            String set = running.dataSet();
            JobInfo waiting = client.jobs().submit(Visits.request(set, 1));
            assertThatThrownBy(() -> client.jobs().submit(Visits.request(set, 1)))
                    .isInstanceOfSatisfying(
                            QuotaExceededException.class,
                            e -> assertThat(e.retryAfter()).isEqualTo(Duration.ofSeconds(30)))
                    .hasMessageContaining("2 jobs of this caller wait or run (expected: fewer than 2)");
            JobInfo theirs = other.jobs().submit(Visits.request(set, 1));
            assertThat(theirs.state()).isEqualTo("queued");

            client.jobs().cancel(waiting.id());
            JobInfo next = client.jobs().submit(Visits.request(set, 1));
            assertThatThrownBy(() -> client.jobs().resume(waiting.id())).isInstanceOf(QuotaExceededException.class);
            client.jobs().cancel(next.id());
            assertThat(client.jobs().resume(waiting.id()).state()).isEqualTo("queued");
        }
    }

    @Test
    void aFullDiskIsToldAndKeepsNothingOfADataSet() throws Exception {
        try (Trainer trainer = new Trainer(JobOptions.defaults());
                MaasClient client = trainer.client(trainer.key.secret())) {
            trainer.full.set(true);
            HttpResponse<String> refused = new RawHttp(trainer.server.uri())
                    .send(
                            "POST",
                            "/api/datasets?name=visits",
                            Visits.csv(60),
                            "Authorization",
                            "Bearer " + trainer.key.secret(),
                            "Content-Type",
                            "text/csv");
            assertThat(refused.statusCode()).isEqualTo(507);
            assertThat(refused.body()).contains("\"code\":\"disk_full\"").doesNotContain(folder.toString());
            assertThat(client.dataSets().list()).isEmpty();
            try (Stream<Path> files = Files.list(folder.resolve("jobs/datasets"))) {
                assertThat(files).isEmpty();
            }

            trainer.full.set(false);
            assertThat(client.dataSets().uploadCsv("visits", Visits.csv(60)).rows())
                    .isEqualTo(60);
        }
    }
}
