package io.maas.benchmarks;

import com.google.common.io.ByteSource;
import com.google.common.io.Resources;
import io.maas.Maas;
import io.maas.api.server.MaasServer;
import io.maas.api.server.ServerOptions;
import io.maas.benchmarks.Dialogue.Outcome;
import io.maas.benchmarks.Dialogue.Request;
import io.maas.model.Artifact;
import io.maas.model.LengthPadding;
import io.maas.model.Model;
import io.maas.serving.BatchOptions;
import io.maas.serving.DeployOptions;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Sentences a second through all-MiniLM-L6-v2: 64 clients over the network, a sentence a request as binary tensors, beside 64 callers in
 * the server's own process, a round of each in turns. Sentences are token ids, as tokenizing is the same work on either side.
 *
 * <pre>{@code java -cp … io.maas.benchmarks.RemoteSentences [equal | mixed] [seconds a round = 6] [rounds = 7]}</pre>
 */
public final class RemoteSentences {
    private static final int CALLERS = 64;
    private static final int SENTENCES = 2000;
    private static final int WIDTH = 384;
    private static final int VOCABULARY = 30_000;
    private static final int WARM = 2;
    private static final String OUTPUT = "output_0";

    private RemoteSentences() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        if (args.length > 0 && args[0].equals("serve")) {
            serve(sentences(args[1].equals("mixed")));
            return;
        }
        String lengths = args.length > 0 ? args[0] : "equal";
        double seconds = args.length > 1 ? Double.parseDouble(args[1]) : 6;
        int rounds = args.length > 2 ? Integer.parseInt(args[2]) : 7;
        List<long[]> sentences = sentences(lengths.equals("mixed"));
        Process server = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx2g",
                        "-cp",
                        System.getProperty("java.class.path"),
                        RemoteSentences.class.getName(),
                        "serve",
                        lengths)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (BufferedReader said =
                        new BufferedReader(new InputStreamReader(server.getInputStream(), StandardCharsets.UTF_8));
                PrintStream order = new PrintStream(server.getOutputStream(), true, StandardCharsets.UTF_8)) {
            URI uri = URI.create(line(said));
            measure(sentences, lengths, uri, said, order, seconds, rounds);
        } finally {
            ServerProcess.end(server);
        }
    }

    private static String line(BufferedReader said) throws IOException {
        String line = said.readLine();
        if (line == null) {
            throw new IllegalStateException("the server has ended (expected: an answer)");
        }
        return line;
    }

    /** Of 32 tokens each, or as real texts are: many short ones, few long ones. */
    private static List<long[]> sentences(boolean isMixed) {
        Random random = new Random(3);
        List<long[]> all = new ArrayList<>();
        for (int i = 0; i < SENTENCES; i++) {
            int length = isMixed ? (int) Math.min(128, 5 - 19 * Math.log(1 - random.nextDouble())) : 32;
            all.add(random.longs(length, 1000, VOCABULARY).toArray());
        }
        return all;
    }

    private static void measure(
            List<long[]> sentences,
            String lengths,
            URI uri,
            BufferedReader said,
            PrintStream order,
            double seconds,
            int rounds)
            throws IOException, InterruptedException {
        InetSocketAddress address = new InetSocketAddress(uri.getHost(), uri.getPort());
        List<Request> requests =
                sentences.stream().map(RemoteSentences::request).toList();
        // A few hundred sentences a second do not get the server's code compiled within minutes; a service that runs
        // for hours has that
        // behind it.
        InferRequests tiny = NetworkServing.tiny(Artifact.ofOnnx(ByteSource.wrap(Perceptron.onnx())));
        NetworkServing.warm(address, tiny::binaryDialogue, CALLERS, 1);
        AtomicInteger next = new AtomicInteger();
        List<double[]> here = new ArrayList<>();
        List<double[]> there = new ArrayList<>();
        for (int round = -WARM; round < rounds; round++) {
            Tally tally = LoadGenerator.closed(
                            address,
                            CALLERS,
                            1,
                            () -> new HttpDialogue(() -> requests.get(next.getAndIncrement() % SENTENCES)),
                            seconds)
                    .requireRight();
            order.println(seconds);
            double[] local = Arrays.stream(line(said).split(" ", -1))
                    .mapToDouble(Double::parseDouble)
                    .toArray();
            if (round >= 0) {
                here.add(local);
                there.add(new double[] {
                    tally.perSecond(), tally.millis(Outcome.ANSWERED, 0.5), tally.millis(Outcome.ANSWERED, 0.99)
                });
            }
        }
        System.out.printf(
                "MiniLM fp32, %s lengths (mean %.1f tokens), %d callers, %d rounds of %.0f s, median (least-most)%n",
                lengths,
                sentences.stream().mapToInt(each -> each.length).average().orElseThrow(),
                CALLERS,
                rounds,
                seconds);
        print("over the network", there);
        print("in the server's process", here);
        List<Double> ratios = new ArrayList<>();
        for (int i = 0; i < rounds; i++) {
            ratios.add(there.get(i)[0] / here.get(i)[0]);
        }
        System.out.printf(
                "over the network, of those in the process: %s%n",
                Spread.of(ratios).text("%.3f"));
    }

    private static void print(String what, List<double[]> rounds) {
        System.out.printf(
                "  %-24s %s a second, p50 %s ms, p99 %s ms%n",
                what,
                Spread.of(rounds.stream().map(each -> each[0]).toList()).text("%.1f"),
                Spread.of(rounds.stream().map(each -> each[1]).toList()).text("%.0f"),
                Spread.of(rounds.stream().map(each -> each[2]).toList()).text("%.0f"));
    }

    private static Request request(long[] ids) {
        int size = 8 * ids.length;
        StringBuilder json = new StringBuilder("{\"inputs\":[");
        for (String name : List.of("input_ids", "attention_mask", "token_type_ids")) {
            json.append(json.charAt(json.length() - 1) == '[' ? "" : ",").append("""
                {"name":"%s","shape":[1,%d],"datatype":"INT64","parameters":{"binary_data_size":%d}}\
                """.formatted(name, ids.length, size));
        }
        json.append("],\"outputs\":[{\"name\":\"" + OUTPUT + "\",\"parameters\":{\"binary_data\":true}}]}");
        byte[] head = json.toString().getBytes(StandardCharsets.US_ASCII);
        ByteBuffer body = ByteBuffer.allocate(head.length + 3 * size).order(ByteOrder.LITTLE_ENDIAN);
        body.put(head);
        Arrays.stream(ids).forEach(body::putLong);
        Arrays.stream(ids).forEach(each -> body.putLong(1));
        byte[] rendered = HttpDialogue.render(
                "/v2/models/minilm/infer",
                body.array(),
                "Content-Type: application/octet-stream",
                "Inference-Header-Content-Length: " + head.length);
        int expected = ids.length * WIDTH * 4;
        return new Request(rendered, (bytes, from, to) -> to - from > expected && to - from < expected + 300);
    }

    // ---- the process of the server

    private static void serve(List<long[]> sentences) throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("maas-remote");
        try (Maas maas = Maas.open(folder)) {
            maas.registry()
                    .publish(
                            "minilm",
                            Artifact.ofOnnx(Resources.asByteSource(Resources.getResource("all-minilm-l6-v2.onnx")))
                                    .withPadding(LengthPadding.of(1, "input_ids", "token_type_ids")
                                            .withMask("attention_mask")
                                            .withOutputs(OUTPUT)));
            maas.deploy(
                    "minilm",
                    "latest",
                    DeployOptions.defaults()
                            .withBatching(BatchOptions.defaults().withDependentRows()));
            maas.registry().publish("perceptron", Artifact.ofOnnx(ByteSource.wrap(Perceptron.onnx())));
            maas.deploy("perceptron");
            try (MaasServer server = MaasServer.start(maas, ServerOptions.defaults())) {
                System.out.println(server.uri());
                BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
                for (String order = orders.readLine(); order != null; order = orders.readLine()) {
                    System.out.println(call(maas.model("minilm"), sentences, Double.parseDouble(order)));
                }
            }
        }
    }

    /** Callers of this process, each with one sentence at a time. */
    private static String call(Model model, List<long[]> sentences, double seconds) throws InterruptedException {
        AtomicInteger next = new AtomicInteger();
        Tally sum = new Tally();
        long end = System.nanoTime() + (long) (seconds * 1e9);
        List<Thread> callers = new ArrayList<>();
        for (int i = 0; i < CALLERS; i++) {
            Thread caller = new Thread(() -> {
                Tally tally = new Tally();
                for (long now = System.nanoTime(); now < end; ) {
                    long[] ids = sentences.get(next.getAndIncrement() % SENTENCES);
                    Tensor hidden = model.predict(inputs(ids)).outputs().get(OUTPUT);
                    boolean isRight = hidden.shape().size(1) == ids.length;
                    long then = System.nanoTime();
                    tally.add(isRight ? Outcome.ANSWERED : Outcome.WRONG, then - now, then < end);
                    now = then;
                }
                synchronized (sum) {
                    sum.add(tally);
                }
            });
            caller.start();
            callers.add(caller);
        }
        for (Thread each : callers) {
            each.join();
        }
        sum.within(seconds).requireRight();
        return String.format(
                Locale.ROOT,
                "%.2f %.2f %.2f",
                sum.perSecond(),
                sum.millis(Outcome.ANSWERED, 0.5),
                sum.millis(Outcome.ANSWERED, 0.99));
    }

    private static Tensors inputs(long[] ids) {
        long[] ones = new long[ids.length];
        Arrays.fill(ones, 1);
        return Tensors.of(
                "input_ids", Tensor.of(ids, 1, ids.length),
                "attention_mask", Tensor.of(ones, 1, ids.length),
                "token_type_ids", Tensor.of(new long[ids.length], 1, ids.length));
    }
}
