package io.maas.api.server;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableSet;
import io.maas.Maas;
import io.maas.api.client.MaasClient;
import io.maas.api.job.HostileJobs;
import io.maas.api.job.JobLog;
import io.maas.api.job.JobOptions;
import io.maas.api.job.LongLog;
import io.maas.api.job.TrainingJobs;
import io.maas.api.job.Visits;
import io.maas.api.security.AuditLog;
import io.maas.api.security.Grant;
import io.maas.api.security.Principal;
import io.maas.api.security.Role;
import io.maas.api.wire.DataSetInfo;
import io.maas.api.wire.JobEvent;
import io.maas.api.wire.JobInfo;
import io.maas.api.wire.JobRequest;
import io.maas.backend.Backends;
import io.maas.backend.onnxruntime.OnnxRuntimeBackend;
import io.maas.error.InvalidInputException;
import io.maas.error.ModelNotFoundException;
import io.maas.model.Lineage;
import io.maas.model.Prediction;
import io.maas.registry.StoredModelRegistry;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Data sets and training jobs over the network. */
@Timeout(180)
class TrainingIT {
    @TempDir
    Path folder;

    /** A server that trains. */
    private final class Trainer implements AutoCloseable {
        final Maas maas =
                Maas.open(StoredModelRegistry.open(folder.resolve("models")), Backends.of(new OnnxRuntimeBackend()));
        final TrainingJobs jobs;
        final MaasServer server;
        final HttpClient http = HttpClient.newHttpClient();

        Trainer(JobOptions options, ServerOptions serverOptions) {
            jobs = TrainingJobs.open(
                    folder.resolve("jobs"), maas.registry(), options.withBackend(new OnnxRuntimeBackend()));
            server = MaasServer.start(maas, serverOptions.withTraining(jobs));
        }

        Trainer() {
            this(JobOptions.defaults(), ServerOptions.defaults());
        }

        MaasClient client() {
            return MaasClient.connect(server.uri());
        }

        HttpResponse<String> send(String method, String path, String body, String... headers)
                throws IOException, InterruptedException {
            HttpRequest.Builder request = HttpRequest.newBuilder(server.uri().resolve(path))
                    .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
            if (headers.length > 0) {
                request.headers(headers);
            }
            return http.send(request.build(), BodyHandlers.ofString());
        }

        @Override
        public void close() {
            server.close();
            jobs.close();
            maas.close();
        }
    }

    @Test
    void fromRowsToAModelThatAnswersRawRows() throws Exception {
        try (Trainer trainer = new Trainer();
                MaasClient client = trainer.client()) {
            Path file = Files.writeString(folder.resolve("visits.csv"), Visits.csv(600));
            DataSetInfo set = client.dataSets().uploadCsv("visits", file, Map.of());
            assertThat(set.rows()).isEqualTo(600);
            assertThat(set.columns())
                    .containsExactly(
                            new DataSetInfo.Column("age", "number"),
                            new DataSetInfo.Column("city", "text"),
                            new DataSetInfo.Column("comes", "text"));
            assertThat(client.dataSets().list()).containsExactly(set);
            assertThat(client.dataSets().uploadCsv("visits", Visits.csv(600))).isEqualTo(set);

            JobInfo job = client.jobs().submit(Visits.request(set.id(), 40));
            List<JobEvent> events = new ArrayList<>();
            JobInfo done = client.jobs().follow(job.id(), events::add);
            assertThat(done.reason()).isNull();
            assertThat(done.state()).isEqualTo("succeeded");
            assertThat(done.version()).isEqualTo(1);
            assertThat(events.stream().filter(event -> event.type().equals("epoch")))
                    .hasSize(40)
                    .allSatisfy(event -> assertThat(event.metrics()).containsKeys("train.loss", "validation.f1"));
            assertThat(events.get(events.size() - 1).state()).isEqualTo("succeeded");
            assertThat(client.jobs().log(job.id())).isEqualTo(events);
            assertThat(done.metrics().get("test.accuracy")).isGreaterThan(0.8);

            Lineage lineage = trainer.maas
                    .registry()
                    .load(trainer.maas.registry().version("visits", 1))
                    .manifest()
                    .lineage();
            assertThat(lineage.settings())
                    .containsEntry("job", job.id())
                    .containsEntry("submittedBy", "anonymous")
                    .containsEntry("dataSet", set.id())
                    .containsKeys("preprocessing", "optimizer", "request");
            assertThat(requireNonNull(lineage.data().get("source")).sha256()).isEqualTo(set.sha256());
            assertThat(lineage.weightsHash()).isNotNull();
            assertThat(JobRequest.parse(requireNonNull(lineage.settings().get("request"))))
                    .isEqualTo(Visits.request(set.id(), 40));

            trainer.maas.deploy("visits");
            Prediction answer = client.model("visits")
                    .predict(Tensors.of(
                            "age", Tensor.of(new double[] {21, 58, Double.NaN}), "city", Tensor.of(new String[] {
                                "Rom", "K\u00f6ln", "K\u00f6ln"
                            })));
            assertThat(answer.outputs().get("label").strings().subList(0, 2)).containsExactly("no", "yes");
        }
    }

    @Test
    void anEventStreamGoesOnWhereItBroke() throws Exception {
        try (Trainer trainer = new Trainer()) {
            String job = trained(trainer);
            String all = trainer.send("GET", "/api/jobs/" + job + "/events", "").body();
            assertThat(all).startsWith(": ").contains("\nevent: epoch\ndata: {\"type\":\"epoch\",");
            String[] ids = all.lines()
                    .filter(line -> line.startsWith("id: "))
                    .map(line -> line.substring(4))
                    .toArray(String[]::new);
            String middle = ids[ids.length / 2];
            String rest = trainer.send("GET", "/api/jobs/" + job + "/events", "", "Last-Event-ID", middle)
                    .body();
            assertThat(all).endsWith(rest.substring(rest.indexOf("id: ")));
            assertThat(rest.lines().filter(line -> line.startsWith("id: ")).findFirst())
                    .contains("id: " + ids[ids.length / 2 + 1]);
            assertThat(trainer.send("GET", "/api/jobs/" + job + "/events", "", "Last-Event-ID", ids[ids.length - 1])
                            .statusCode())
                    .isEqualTo(204);
            for (String wrong : List.of("7", "-1", "x", "999999999999", "99999999999999999999")) {
                HttpResponse<String> refused =
                        trainer.send("GET", "/api/jobs/" + job + "/events", "", "Last-Event-ID", wrong);
                assertThat(refused.statusCode()).as(wrong).isEqualTo(400);
            }
        }
    }

    private static String trained(Trainer trainer) {
        try (MaasClient client = trainer.client()) {
            DataSetInfo set = client.dataSets().uploadCsv("visits", Visits.csv(100));
            JobInfo job = client.jobs().submit(Visits.request(set.id(), 5));
            assertThat(client.jobs().follow(job.id(), event -> {}).state()).isEqualTo("succeeded");
            return job.id();
        }
    }

    @Test
    void aClientThatStopsReadingStopsNobody() throws Exception {
        try (Trainer trainer = new Trainer()) {
            String job = trained(trainer);
            JobLog log = trainer.jobs.log(job);
            // More than what kernels keep of a connection.
            LongLog.fill(log, 8 << 20);
            try (Socket socket = new Socket()) {
                socket.setReceiveBufferSize(4096);
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), trainer.server.port()));
                socket.getOutputStream()
                        .write(("GET /api/jobs/" + job + "/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
                                .getBytes(StandardCharsets.US_ASCII));
                assertThat(socket.getInputStream().read()).isEqualTo('H');
                assertThat(trained(trainer)).isNotEqualTo(job);
                // What it did not read is still there for it, to the last line.
                BufferedReader reader =
                        new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
                assertThat(reader.lines().anyMatch(line -> line.equals("id: " + log.end())))
                        .isTrue();
            }
        }
    }

    @Test
    void aStreamThatIsSilentStaysOpen() throws Exception {
        CountDownLatch training = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        ServerOptions options =
                ServerOptions.defaults().withLimits(ServerLimits.defaults().withIdleTimeout(Duration.ofMillis(600)));
        try (Trainer trainer = new Trainer(JobOptions.defaults(), options);
                MaasClient client = trainer.client()) {
            DataSetInfo set = client.dataSets().uploadCsv("visits", Visits.csv(60));
            JobInfo job = client.jobs().submit(Visits.request(set.id(), 2));
            trainer.jobs.log(job.id()).watch(() -> {
                training.countDown();
                await(goOn);
            });
            training.await();
            HttpResponse<Stream<String>> stream = trainer.http.send(
                    HttpRequest.newBuilder(trainer.server.uri().resolve("/api/jobs/" + job.id() + "/events"))
                            .build(),
                    BodyHandlers.ofLines());
            int[] comments = {0};
            // Three times as long as silence may last.
            assertThat(stream.body()
                            .peek(line -> {
                                if (line.startsWith(":") && ++comments[0] == 10) {
                                    goOn.countDown();
                                }
                            })
                            .anyMatch(line -> line.contains("\"state\":\"succeeded\"")))
                    .isTrue();
            assertThat(comments[0]).isGreaterThanOrEqualTo(10);
        } finally {
            goOn.countDown();
        }
    }

    @Test
    void aServerThatClosesEndsItsStreams() throws Exception {
        Trainer trainer = new Trainer();
        CountDownLatch training = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        try (MaasClient client = trainer.client()) {
            DataSetInfo set = client.dataSets().uploadCsv("visits", Visits.csv(100));
            JobInfo job = client.jobs().submit(Visits.request(set.id(), 1000));
            trainer.jobs.log(job.id()).watch(() -> {
                training.countDown();
                await(goOn);
            });
            training.await();
            HttpResponse<InputStream> stream = trainer.http.send(
                    HttpRequest.newBuilder(trainer.server.uri().resolve("/api/jobs/" + job.id() + "/events"))
                            .build(),
                    BodyHandlers.ofInputStream());
            assertThat(stream.body().read()).isEqualTo(':');
            trainer.server.close();
            assertThat(new String(stream.body().readAllBytes(), StandardCharsets.UTF_8))
                    .endsWith("\n\n");
            goOn.countDown();
        } finally {
            goOn.countDown();
            trainer.close();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    // ---- data sets

    @Test
    void aBrokenRowIsToldByItsLine() throws Exception {
        try (Trainer trainer = new Trainer()) {
            HttpResponse<String> csv =
                    trainer.send("POST", "/api/datasets?name=x", "a,b\n1,2\n3,4,5\n", "Content-Type", "text/csv");
            assertThat(csv.statusCode()).isEqualTo(400);
            assertThat(csv.body()).contains("line 3").doesNotContain(folder.toString());
            HttpResponse<String> json = trainer.send(
                    "POST", "/api/datasets?name=x", "{\"a\": 1}\n{\"a\": [2]}\n", "Content-Type", "application/jsonl");
            assertThat(json.statusCode()).isEqualTo(400);
            assertThat(json.body()).contains("line 2").doesNotContain(folder.toString());
            assertThat(files("datasets")).isEmpty();
            assertThat(trainer.send("GET", "/api/datasets", "").body()).isEqualTo("{\"data_sets\":[]}");
        }
    }

    private List<String> files(String name) throws IOException {
        try (Stream<Path> list = Files.list(folder.resolve("jobs").resolve(name))) {
            return list.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void whatIsNoUploadIsRefused() throws Exception {
        try (Trainer trainer = new Trainer(
                JobOptions.defaults().withDataBytes(150_000),
                ServerOptions.defaults().withLimits(ServerLimits.defaults().withMaxUploadBytes(100_000)))) {
            String long100 = "a\n" + "1\n".repeat(60_000);
            record Case(String path, String type, String body, int status, String says) {}
            for (Case each : List.of(
                    new Case("?name=x", "text/plain", "a\n1\n", 415, "text/csv"),
                    new Case("?name=../x", "text/csv", "a\n1\n", 400, "name: "),
                    new Case("?name=x%00", "text/csv", "a\n1\n", 400, "name: "),
                    new Case("", "text/csv", "a\n1\n", 400, "name: missing"),
                    new Case("?name=x&separator=ab", "text/csv", "a\n1\n", 400, "separator: "),
                    new Case("?name=x&seperator=;", "text/csv", "a\n1\n", 400, "[name, sha256, separator, "),
                    new Case("?name=x&header=maybe", "text/csv", "a\n1\n", 400, "header: "),
                    new Case("?name=x&sha256=00", "text/csv", "a\n1\n", 400, "SHA-256"),
                    new Case("?name=x", "text/csv", "", 400, ""),
                    new Case("?name=x", "text/csv", long100, 413, "100000 bytes"))) {
                HttpResponse<String> answer =
                        trainer.send("POST", "/api/datasets" + each.path, each.body, "Content-Type", each.type);
                assertThat(answer.statusCode()).as(each.toString()).isEqualTo(each.status);
                assertThat(answer.body()).as(each.toString()).contains(each.says);
            }
            HttpResponse<String> jobs = trainer.send("GET", "/api/jobs?state=foo", "");
            assertThat(jobs.statusCode()).isEqualTo(400);
            assertThat(jobs.body()).contains("[queued, running, succeeded, failed, cancelled]");
            HttpResponse<String> chunked = trainer.http.send(
                    HttpRequest.newBuilder(trainer.server.uri().resolve("/api/datasets?name=x"))
                            .header("Content-Type", "text/csv")
                            .POST(BodyPublishers.ofInputStream(() ->
                                    new java.io.ByteArrayInputStream(long100.getBytes(StandardCharsets.US_ASCII))))
                            .build(),
                    BodyHandlers.ofString());
            assertThat(chunked.statusCode()).isEqualTo(413);
            HttpResponse<String> packed = trainer.http.send(
                    HttpRequest.newBuilder(trainer.server.uri().resolve("/api/datasets?name=x"))
                            .header("Content-Type", "text/csv")
                            .POST(BodyPublishers.ofByteArray(new byte[] {0x1f, (byte) 0x8b, 8, 0}))
                            .build(),
                    BodyHandlers.ofString());
            assertThat(packed.statusCode()).isEqualTo(400);
            assertThat(packed.body()).contains("compressed");
            String rows = "a\n" + "1\n".repeat(45_000);
            assertThat(trainer.send("POST", "/api/datasets?name=x", rows, "Content-Type", "text/csv")
                            .statusCode())
                    .isEqualTo(200);
            HttpResponse<String> full = trainer.send("POST", "/api/datasets?name=y", rows, "Content-Type", "text/csv");
            assertThat(full.statusCode()).isEqualTo(429);
            assertThat(files("datasets")).hasSize(2);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /api/jobs?state=%",
                "GET /api/jobs?other=%zz",
                "POST /api/datasets?name=%",
                "POST /api/datasets?name=x&header=%2",
                "GET /api/models/m/diff?from=%"
            })
    void aQueryWithABrokenPercentSignIsRefused(String request) throws Exception {
        try (Trainer trainer = new Trainer();
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), trainer.server.port())) {
            socket.getOutputStream()
                    .write((request + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: text/csv\r\n"
                                    + "Content-Length: 0\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .startsWith("HTTP/1.1 400 ")
                    .contains("\"code\":\"invalid_path\"");
        }
    }

    @Test
    void whatCameInIsWrittenDownByItsName() throws Exception {
        Path file = folder.resolve("audit.jsonl");
        String job;
        try (AuditLog audit = AuditLog.open(file);
                Trainer trainer = new Trainer(
                        JobOptions.defaults(), ServerOptions.defaults().withAudit(audit));
                MaasClient client = trainer.client()) {
            DataSetInfo set = client.dataSets().uploadCsv("visits", Visits.csv(100));
            job = client.jobs().submit(Visits.request(set.id(), 1)).id();
        }
        List<String> lines = Files.readAllLines(file);
        assertThat(lines).hasSize(2);
        assertThat(lines.get(0)).contains("\"operation\":\"dataSetUpload\",\"target\":{\"name\":\"visits\"},");
        assertThat(lines.get(1)).contains("\"operation\":\"jobSubmit\",\"target\":{\"job\":\"" + job + "\"},");
    }

    @Test
    void anUploadThatBreaksOffLeavesNothing() throws Exception {
        try (Trainer trainer = new Trainer()) {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), trainer.server.port())) {
                socket.getOutputStream()
                        .write(String.join(
                                        "\r\n",
                                        "POST /api/datasets?name=x HTTP/1.1",
                                        "Host: localhost",
                                        "Content-Type: text/csv",
                                        "Content-Length: 1000",
                                        "",
                                        "a,1")
                                .getBytes(StandardCharsets.US_ASCII));
                while (files("datasets").isEmpty()) {
                    Thread.onSpinWait();
                }
            }
            while (!files("datasets").isEmpty()) {
                Thread.onSpinWait();
            }
            assertThat(trainer.jobs.dataSets().list()).isEmpty();
        }
    }

    @Test
    void aDataSetInUseStays() throws Exception {
        CountDownLatch training = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        try (Trainer trainer = new Trainer();
                MaasClient client = trainer.client()) {
            DataSetInfo set = client.dataSets().uploadCsv("visits", Visits.csv(100));
            JobInfo job = client.jobs().submit(Visits.request(set.id(), 1_000));
            trainer.jobs.log(job.id()).watch(() -> {
                training.countDown();
                await(goOn);
            });
            training.await();
            assertThatThrownBy(() -> client.dataSets().delete(set.id()))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("in use");
            assertThatThrownBy(() -> client.jobs().delete(job.id()))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("cancel it first");
            goOn.countDown();
            JobInfo unused = client.jobs().cancel(job.id());
            assertThat(client.jobs().follow(job.id(), event -> {}).state()).isEqualTo("cancelled");
            client.jobs().delete(job.id());
            assertThatThrownBy(() -> client.jobs().get(job.id())).isInstanceOf(ModelNotFoundException.class);
            // The worker gives it back just after it told of the end.
            while (true) {
                try {
                    client.dataSets().delete(set.id());
                    break;
                } catch (IllegalStateException stillInUse) {
                    Thread.onSpinWait();
                }
            }
            assertThat(files("datasets")).isEmpty();
            assertThat(files("jobs")).isEmpty();
        } finally {
            goOn.countDown();
        }
    }

    // ---- who may

    @Test
    void everybodySeesTheirOwn() throws Exception {
        Map<String, Principal> known = Map.of(
                "a", new Principal("ada", ImmutableSet.of(Grant.parse("train:visits"))),
                "b", new Principal("bob", ImmutableSet.of(Grant.parse("train:other"))),
                "c", new Principal("cyd", ImmutableSet.of(Grant.of(Role.INFER))),
                "d", new Principal("dan", ImmutableSet.of(Grant.of(Role.ADMIN))));
        ServerOptions options = ServerOptions.defaults()
                .withAuthenticator(
                        credentials -> Optional.ofNullable(credentials.bearer()).map(known::get));
        try (Trainer trainer = new Trainer(JobOptions.defaults(), options)) {
            String[] ada = {"Authorization", "Bearer a", "Content-Type", "text/csv"};
            HttpResponse<String> up = trainer.send("POST", "/api/datasets?name=v", Visits.csv(60), ada);
            assertThat(up.statusCode()).isEqualTo(200);
            DataSetInfo set = trainer.jobs.dataSets().list().get(0);
            assertThat(set.owner()).isEqualTo("ada");
            String document = Visits.document(set.id(), 2, "");
            assertThat(submit(trainer, "b", document).statusCode()).isEqualTo(403);
            assertThat(submit(trainer, "c", document).statusCode()).isEqualTo(403);
            assertThat(submit(trainer, "", document).statusCode()).isEqualTo(401);
            assertThat(submit(trainer, "b", document.replace("\"visits\"", "\"other\""))
                            .statusCode())
                    .isEqualTo(404);
            HttpResponse<String> done = submit(trainer, "a", document);
            assertThat(done.statusCode()).isEqualTo(200);
            String job = "/api/jobs/" + trainer.jobs.list().get(0).id();
            for (String path : List.of(job, job + "/events", job + "/logs", "/api/datasets/" + set.id())) {
                assertThat(get(trainer, "b", path).statusCode()).as(path).isEqualTo(404);
                assertThat(get(trainer, "d", path).statusCode()).as(path).isEqualTo(200);
                assertThat(get(trainer, "c", path).statusCode()).as(path).isEqualTo(403);
            }
            for (String path : List.of(job + "/cancel", job + "/resume")) {
                assertThat(trainer.send("POST", path, "", "Authorization", "Bearer b")
                                .statusCode())
                        .isEqualTo(404);
            }
            assertThat(trainer.send("DELETE", job, "", "Authorization", "Bearer b")
                            .statusCode())
                    .isEqualTo(404);
            assertThat(get(trainer, "b", "/api/jobs").body()).isEqualTo("{\"jobs\":[]}");
            assertThat(get(trainer, "b", "/api/datasets").body()).isEqualTo("{\"data_sets\":[]}");
            assertThat(get(trainer, "a", "/api/jobs?state=failed").body()).isEqualTo("{\"jobs\":[]}");
            assertThat(get(trainer, "a", "/api/jobs?state=nothing").body())
                    .contains("expected: one of [queued, running, succeeded, failed, cancelled]");
            assertThat(get(trainer, "a", "/api/jobs?model=visits").body()).contains("\"who\":\"ada\"");
        }
    }

    private static HttpResponse<String> submit(Trainer trainer, String key, String document)
            throws IOException, InterruptedException {
        return trainer.send(
                "POST", "/api/jobs", document, "Authorization", "Bearer " + key, "Content-Type", "application/json");
    }

    private static HttpResponse<String> get(Trainer trainer, String key, String path)
            throws IOException, InterruptedException {
        return trainer.send("GET", path, "", "Authorization", "Bearer " + key);
    }

    @Test
    void withoutTrainingThereAreNoSuchPaths() throws Exception {
        try (Maas maas = Maas.open(
                        StoredModelRegistry.open(folder.resolve("models")), Backends.of(new OnnxRuntimeBackend()));
                MaasServer server = MaasServer.start(maas, ServerOptions.defaults())) {
            URI uri = server.uri().resolve("/api/jobs");
            HttpResponse<String> answer =
                    HttpClient.newHttpClient().send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
            assertThat(answer.statusCode()).isEqualTo(404);
            try (MaasClient client = MaasClient.connect(server.uri())) {
                assertThatThrownBy(() -> client.jobs().list()).isInstanceOf(ModelNotFoundException.class);
            }
        }
    }

    @Test
    void hostileDocumentsAreRefused() throws Exception {
        try (Trainer trainer = new Trainer();
                MaasClient client = trainer.client()) {
            DataSetInfo set = client.dataSets().uploadCsv("visits", Visits.csv(60));
            for (String document : HostileJobs.documents(set.id())) {
                HttpResponse<String> answer =
                        trainer.send("POST", "/api/jobs", document, "Content-Type", "application/json");
                assertThat(answer.statusCode()).as(start(document)).isIn(400, 404, 413);
                assertThat(answer.body())
                        .as(start(document))
                        .contains("\"code\":")
                        .doesNotContain(folder.toString(), "Exception", "java.", "com.fasterxml");
            }
            assertThat(trainer.jobs.list()).isEmpty();
        }
    }

    private static String start(String document) {
        return document.substring(0, Math.min(2_000, document.length()));
    }

    @Test
    void aJobIsRefusedWithTheMemberThatIsWrong() throws Exception {
        try (Trainer trainer = new Trainer();
                MaasClient client = trainer.client()) {
            DataSetInfo set = client.dataSets().uploadCsv("visits", Visits.csv(60));
            assertThatThrownBy(() -> client.jobs()
                            .submit(JobRequest.parse(
                                    Visits.document(set.id(), 2, "").replace("\"units\": 16", "\"units\": -16"))))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageStartingWith("network[0].units: -16 (expected: a whole number from 1 to ");
            HttpResponse<String> plain =
                    trainer.send("POST", "/api/jobs", Visits.document(set.id(), 2, ""), "Content-Type", "text/plain");
            assertThat(plain.statusCode()).isEqualTo(415);
            assertThat(trainer.jobs.list()).isEmpty();
        }
    }
}
