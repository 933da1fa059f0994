package io.maas.examples;

import io.maas.Maas;
import io.maas.api.client.MaasClient;
import io.maas.api.server.MaasServer;
import io.maas.api.server.ServerOptions;
import io.maas.error.DuplicateVersionException;
import io.maas.model.Artifact;
import io.maas.model.Model;
import io.maas.model.Prediction;
import io.maas.registry.Version;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.training.data.Dataset;
import io.maas.training.data.Split;
import io.maas.training.layer.Layers;
import io.maas.training.layer.Network;
import io.maas.training.loop.Fit;
import io.maas.training.loop.LearningCurve;
import io.maas.training.loop.ProgressBarListener;
import io.maas.training.loop.Trained;
import io.maas.training.loop.Trainer;
import io.maas.training.loss.Losses;
import io.maas.training.optimizer.Optimizers;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** One model's whole life in one JVM: trained, published, deployed, called, replaced under load and rolled back. */
@Command(
        name = "quickstart",
        mixinStandardHelpOptions = true,
        description = "Trains, publishes, deploys, calls, replaces and rolls back a model of handwritten digits.")
public final class Quickstart implements Callable<Integer> {
    private static final String MODEL = "digits";
    private static final int CALLERS = 64;
    private static final long SEED = 42;

    @Option(names = "--folder", description = "where models and pictures go (default: ${DEFAULT-VALUE})")
    private Path folder = Path.of("target", "quickstart");

    @Option(names = "--serve", description = "keep the server up at the end")
    private boolean serve;

    @Option(names = "--port", description = "the server's port, 0 for any free one (default: ${DEFAULT-VALUE})")
    private int port;

    private final PrintStream out = System.out;
    private final Split digits = Digits.load().stratifiedSplit(0.2, SEED);

    public static void main(String[] args) {
        System.exit(new CommandLine(new Quickstart()).execute(args));
    }

    @Override
    public Integer call() throws Exception {
        Path root = Files.createDirectories(folder).toAbsolutePath().normalize();
        try (Maas maas = Maas.open(root.resolve("models"));
                MaasServer server =
                        MaasServer.start(maas, ServerOptions.defaults().withPort(port))) {
            step(1, "Train briefly, publish, deploy");
            Trained brief = train(Fit.epochs(2));
            Version first = publish(maas, brief);
            maas.deploy(MODEL, first.number());
            say("%s is in service, held-out accuracy %s", first.title(), accuracy(brief));

            step(2, "Predict two digits that training has not seen");
            Dataset two = digits.test().rows(0, 2);
            Prediction prediction = maas.model(MODEL).predict(Tensors.of("pixels", two.features()));
            out.print(Digits.draw(two.features()));
            int[] answers = Digits.answers(prediction.get("scores"));
            say("version %d says %d and %d; they are %s", prediction.version(), answers[0], answers[1], labels(two));

            step(3, "Train better, publish");
            Path curve = root.resolve("learning-curve.png");
            Trained better = train(Fit.epochs(60).stopEarly(8).listen(LearningCurve.to(curve)));
            Version second = publish(maas, better);
            say("%s is published, held-out accuracy %s", second.title(), accuracy(better));

            step(4, "Replace " + first.title() + " while " + CALLERS + " threads call");
            String load = swapUnderLoad(maas, second);
            say("%s", load);

            step(5, "Call it over HTTP");
            try (MaasClient client = MaasClient.connect(server.uri())) {
                say("version %d answers at %s", ask(client.model(MODEL)).version(), server.uri());
            }

            step(6, "Roll back");
            Version back = maas.rollback(MODEL);
            say("version %d answers again", ask(maas.model(MODEL)).version());

            out.printf("%nSummary%n");
            say("in service      %s (%s is one deploy away)", back.title(), second.title());
            say(
                    "accuracy        %s -> %s on %d held-out images",
                    accuracy(brief), accuracy(better), digits.test().rows());
            say("models          %s", root.resolve("models"));
            say("learning curve  %s", curve);
            if (serve) {
                keepServing(server);
            }
        }
        return 0;
    }

    private Trained train(Fit fit) {
        Network network = Network.sequential(
                        Layers.scale(1.0 / 16), Layers.dense(Digits.PIXELS, 128), Layers.relu(), Layers.dense(128, 10))
                .named("pixels", "scores");
        return Trainer.of(network, Losses.softmaxCrossEntropy(), Optimizers.adam(2e-3))
                .withSeed(SEED)
                .fit(digits.train(), fit.validateOn(digits.test()).listen(new ProgressBarListener(out)));
    }

    /** The same seed gives the same model, so a second run in the same folder finds its versions there. */
    private static Version publish(Maas maas, Trained trained) {
        Artifact artifact = trained.toArtifact();
        try {
            return maas.registry().publish(MODEL, artifact);
        } catch (DuplicateVersionException e) {
            return maas.registry().version(MODEL, e.existingVersion());
        }
    }

    private Prediction ask(Model model) {
        return model.predict(Tensors.of("pixels", digits.test().rows(0, 1).features()));
    }

    private String swapUnderLoad(Maas maas, Version next) throws InterruptedException {
        LongAdder answered = new LongAdder();
        LongAdder failed = new LongAdder();
        LongAdder byNext = new LongAdder();
        CountDownLatch warm = new CountDownLatch(10 * CALLERS);
        CountDownLatch swapped = new CountDownLatch(10 * CALLERS);
        ExecutorService callers = Executors.newFixedThreadPool(CALLERS);
        Model model = maas.model(MODEL);
        for (int i = 0; i < CALLERS; i++) {
            callers.execute(() -> {
                while (swapped.getCount() > 0) {
                    try {
                        boolean isNext = ask(model).version() == next.number();
                        answered.increment();
                        warm.countDown();
                        if (isNext) {
                            byNext.increment();
                            swapped.countDown();
                        }
                    } catch (RuntimeException e) {
                        failed.increment();
                    }
                }
            });
        }
        warm.await();
        maas.deploy(MODEL, next.number());
        callers.shutdown();
        boolean ended = callers.awaitTermination(1, TimeUnit.MINUTES);
        return String.format(
                Locale.ROOT,
                "%,d requests answered, %,d of them by %s already; %d failed%s",
                answered.sum(),
                byNext.sum(),
                next.title(),
                failed.sum(),
                ended ? "" : ", some hang");
    }

    private void keepServing(MaasServer server) throws IOException, InterruptedException {
        Tensor image = digits.test().rows(0, 1).features();
        StringBuilder pixels = new StringBuilder();
        for (float pixel : image.toFloatArray()) {
            pixels.append(pixels.isEmpty() ? "" : ",").append((int) pixel);
        }
        out.printf(
                "%nServing until you press Ctrl+C; the image is a %s. Try:%n%n",
                labels(digits.test().rows(0, 1)));
        out.printf(
                "curl -s %s/v2/models/%s/infer -d '{\"inputs\":[{\"name\":\"pixels\",\"shape\":[1,64],\"datatype\":\"FP32\","
                        + "\"data\":[%s]}]}'%n",
                server.uri(), MODEL, pixels);
        new CountDownLatch(1).await();
    }

    private static String labels(Dataset images) {
        StringBuilder text = new StringBuilder();
        for (long label : images.targets().toLongArray()) {
            text.append(text.isEmpty() ? "" : " and ").append(label);
        }
        return text.toString();
    }

    private static String accuracy(Trained trained) {
        Double accuracy = trained.metrics().get("validation.accuracy");
        return accuracy == null ? "unknown" : String.format(Locale.ROOT, "%.1f %%", 100 * accuracy);
    }

    private void step(int number, String title) {
        out.printf("%n%d. %s%n", number, title);
    }

    private void say(String format, Object... arguments) {
        out.printf(Locale.ROOT, "   " + format + "%n", arguments);
    }
}
