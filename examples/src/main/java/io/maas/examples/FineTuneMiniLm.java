package io.maas.examples;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.google.common.collect.Lists;
import com.google.common.io.ByteSource;
import com.google.common.io.Resources;
import io.maas.Maas;
import io.maas.error.DuplicateVersionException;
import io.maas.examples.Verbs.Use;
import io.maas.examples.Verbs.Verb;
import io.maas.model.Artifact;
import io.maas.registry.Version;
import io.maas.tensor.Tensor;
import io.maas.training.data.Dataset;
import io.maas.training.finetune.FineTune;
import io.maas.training.finetune.Heads;
import io.maas.training.finetune.Lora;
import io.maas.training.finetune.Tuning;
import io.maas.training.finetune.TuningBatch;
import io.maas.training.layer.Layers;
import io.maas.training.layer.Network;
import io.maas.training.loop.Fit;
import io.maas.training.loop.Scores;
import io.maas.training.loop.Trainer;
import io.maas.training.loss.Losses;
import io.maas.training.optimizer.Optimizers;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Goes on training a real transformer, all-MiniLM-L6-v2, inside the JVM, in two ways: to find the definition that belongs to a
 * sentence, and to tell whether a sentence's verb has an object. Each is measured on meanings that training has not seen.
 */
@Command(
        name = "fine-tune-mini-lm",
        mixinStandardHelpOptions = true,
        description = "Fine-tunes all-MiniLM-L6-v2 on meanings of English verbs and serves it before and after.")
public final class FineTuneMiniLm implements Callable<Integer> {
    private static final String MODEL = "all-minilm-l6-v2";
    private static final int SHOWN = 3;

    @Option(names = "--folder", description = "where the models go (default: a temporary one)")
    private @Nullable Path folder;

    @Option(names = "--rows", description = "how many meanings to use (default: ${DEFAULT-VALUE}; all: 5470)")
    private int rows = 240;

    @Option(names = "--epochs", description = "how often to learn from each (default: ${DEFAULT-VALUE})")
    private int epochs = 1;

    @Option(names = "--seeds", description = "how many times, with another split each (default: ${DEFAULT-VALUE})")
    private int seeds = 1;

    @Option(names = "--lora", description = "rank of adapters in place of whole weights; 0 for none")
    private int lora;

    private final PrintStream out = System.out;

    public static void main(String[] args) {
        System.exit(new CommandLine(new FineTuneMiniLm()).execute(args));
    }

    @Override
    public Integer call() throws IOException {
        Path root = folder == null ? Files.createTempDirectory("maas-fine-tune") : folder;
        try (Maas maas = Maas.open(root);
                HuggingFaceTokenizer tokenizer = tokenizer()) {
            Sentences sentences = new Sentences(tokenizer);
            Artifact original = original();
            Version first = publish(maas, MODEL, original);
            maas.deploy(MODEL, first.number());

            List<double[]> search = new ArrayList<>();
            List<double[]> objects = new ArrayList<>();
            List<Verb> verbs = Verbs.load().subList(0, rows);
            List<Verb> clear =
                    verbs.stream().filter(verb -> verb.use() != Use.OTHER).toList();
            List<float[]> embeddings = sentences.embed(maas.model(MODEL), sentencesOf(clear));
            for (int seed = 0; seed < seeds; seed++) {
                search.add(searching(maas, sentences, pick(verbs, order(verbs, seed)), seed));
                List<Integer> order = order(clear, seed);
                objects.add(telling(original, sentences, pick(clear, order), pick(embeddings, order), seed));
                out.printf(
                        Locale.ROOT,
                        "seed %d: search %.3f -> %.3f, objects %.3f -> %.3f%n",
                        seed,
                        search.get(seed)[0],
                        search.get(seed)[1],
                        objects.get(seed)[0],
                        objects.get(seed)[1]);
            }
            out.printf("%n%-40s %-18s %s%n", "held-out fifth", "before", "after");
            table("right definition found for a sentence", search);
            table("object told (linear layer, all layers)", objects);
        }
        return 0;
    }

    // ---- finding the definition that belongs to a sentence

    /** The share of held-out sentences whose own definition is the nearest, before and after. */
    private double[] searching(Maas maas, Sentences sentences, List<Verb> verbs, long seed) {
        int test = verbs.size() / 5;
        List<Verb> held = verbs.subList(0, test);
        List<Verb> learned = verbs.subList(test, verbs.size());
        maas.deploy(MODEL, 1);
        Search before = Search.of(maas, sentences, held);

        FineTune recipe = adapt(FineTune.from(maas.registry(), maas.registry().version(MODEL, 1))
                .output("output_0")
                .lossHead(Heads.meanPooling("attention_mask"), Heads.unitLength())
                .withSeed(seed));
        try (Tuning tuning = recipe.start(Losses.inBatchNegatives(20), Optimizers.adam(lora > 0 ? 5e-4 : 3e-5))) {
            for (int epoch = 0; epoch < epochs; epoch++) {
                tuning.train(pairs(sentences, Verbs.shuffled(learned, seed + epoch)));
            }
            Version second = publish(maas, MODEL, tuning.toArtifact());
            maas.deploy(MODEL, second.number());
            out.printf("%s learned from %d pairs in %d steps%n", second.title(), learned.size(), tuning.steps());
        }
        Search after = Search.of(maas, sentences, held);
        if (seed == 0) {
            show(held, before, after);
        }
        return new double[] {before.accuracy(), after.accuracy()};
    }

    /** What the model that is in service finds. */
    private record Search(List<Integer> found, double accuracy) {
        static Search of(Maas maas, Sentences sentences, List<Verb> verbs) {
            List<float[]> questions = sentences.embed(maas.model(MODEL), sentencesOf(verbs));
            List<float[]> definitions = sentences.embed(maas.model(MODEL), definitionsOf(verbs));
            List<Integer> found = questions.stream()
                    .map(each -> Sentences.nearest(each, definitions))
                    .toList();
            long right = Stream.iterate(0, i -> i + 1)
                    .limit(verbs.size())
                    .filter(i -> found.get(i).equals(i))
                    .count();
            return new Search(found, right / (double) verbs.size());
        }
    }

    private void show(List<Verb> verbs, Search before, Search after) {
        int shown = 0;
        for (int i = 0; i < verbs.size() && shown < SHOWN; i++) {
            if (!before.found().get(i).equals(after.found().get(i))
                    && after.found().get(i) == i) {
                out.printf("%n  \"%s\"%n", verbs.get(i).sentence());
                out.printf("    before: %s%n", verbs.get(before.found().get(i)).definition());
                out.printf("    after:  %s%n", verbs.get(i).definition());
                shown++;
            }
        }
        out.println();
    }

    /** Sixteen sentences, then their sixteen definitions: each definition is the wrong answer for fifteen sentences. */
    private static List<TuningBatch> pairs(Sentences sentences, List<Verb> verbs) {
        return Lists.partition(verbs, 16).stream()
                .map(part -> {
                    List<String> texts = new ArrayList<>();
                    part.forEach(verb -> texts.add(verb.sentence()));
                    texts.addAll(definitionsOf(part));
                    long[] meanings = LongStream.range(0, texts.size())
                            .map(i -> i % part.size())
                            .toArray();
                    return new TuningBatch(sentences.tokens(texts), Tensor.of(meanings));
                })
                .toList();
    }

    // ---- telling whether a sentence's verb has an object

    /**
     * The share of held-out sentences of which is told whether the verb has an object: by a linear layer on frozen embeddings, and
     * with all layers learning.
     */
    private double[] telling(
            Artifact original, Sentences sentences, List<Verb> verbs, List<float[]> embeddings, long seed) {
        int test = verbs.size() / 5;
        List<Verb> held = verbs.subList(0, test);
        List<Verb> learned = verbs.subList(test, verbs.size());
        FineTune recipe = adapt(FineTune.from(original)
                .output("output_0")
                .head(Heads.meanPooling("attention_mask"), Heads.unitLength(), Layers.dense(2))
                .named("object")
                .rate("head/*", 20)
                .withSeed(seed));
        try (Tuning tuning = recipe.start(Losses.softmaxCrossEntropy(), Optimizers.adam(lora > 0 ? 5e-4 : 5e-5))) {
            for (int epoch = 0; epoch < epochs; epoch++) {
                tuning.train(labelled(sentences, Verbs.shuffled(learned, seed + epoch)));
            }
            return new double[] {
                linear(dataset(verbs, embeddings), test, seed), accuracy(tuning.evaluate(labelled(sentences, held)))
            };
        }
    }

    /** With the best of 60 epochs, as the held-out rows themselves tell it: more than the linear layer is owed. */
    private static double linear(Dataset frozen, int test, long seed) {
        Fit fit = Fit.epochs(60).validateOn(frozen.rows(0, test));
        return Trainer.of(Network.sequential(Layers.dense(2)), Losses.softmaxCrossEntropy(), Optimizers.adam(1e-2))
                .withSeed(seed)
                .fit(frozen.rows(test, frozen.rows()), fit)
                .history()
                .epochs()
                .stream()
                .mapToDouble(epoch -> accuracy(Objects.requireNonNull(epoch.validation())))
                .max()
                .orElseThrow();
    }

    private static double accuracy(Scores scores) {
        return Objects.requireNonNull(scores.accuracy());
    }

    private static List<TuningBatch> labelled(Sentences sentences, List<Verb> verbs) {
        return Lists.partition(verbs, 16).stream()
                .map(part -> new TuningBatch(sentences.tokens(sentencesOf(part)), objectsOf(part)))
                .toList();
    }

    private static Dataset dataset(List<Verb> verbs, List<float[]> embeddings) {
        int size = embeddings.get(0).length;
        float[] all = new float[embeddings.size() * size];
        for (int i = 0; i < embeddings.size(); i++) {
            System.arraycopy(embeddings.get(i), 0, all, i * size, size);
        }
        return Dataset.of(Tensor.of(all, embeddings.size(), size), objectsOf(verbs));
    }

    // ---- pieces

    /** The embeddings of words stay as they are: they are two thirds of the weights, and a small text set names few of them. */
    private FineTune adapt(FineTune recipe) {
        return lora > 0 ? recipe.lora(Lora.of(lora, "*query*", "*value*", "*dense*")) : recipe.freeze("*embeddings*");
    }

    private static Artifact original() {
        return Artifact.ofOnnx(resource(".onnx"))
                .withDescription("Sentence embeddings of 384 numbers, sentence-transformers/all-MiniLM-L6-v2")
                .withFile("tokenizer.json", resource("-tokenizer.json"));
    }

    private static ByteSource resource(String ending) {
        return Resources.asByteSource(Resources.getResource(MODEL + ending));
    }

    private static HuggingFaceTokenizer tokenizer() throws IOException {
        try (InputStream json = resource("-tokenizer.json").openStream()) {
            return HuggingFaceTokenizer.newInstance(json, Map.of("padding", "false"));
        }
    }

    private static Version publish(Maas maas, String name, Artifact artifact) {
        try {
            return maas.registry().publish(name, artifact);
        } catch (DuplicateVersionException e) {
            return maas.registry().version(name, e.existingVersion());
        }
    }

    private static List<String> sentencesOf(List<Verb> verbs) {
        return verbs.stream().map(Verb::sentence).toList();
    }

    private static List<String> definitionsOf(List<Verb> verbs) {
        return verbs.stream().map(Verb::definition).toList();
    }

    /** 1 where the verb has an object, otherwise 0. */
    private static Tensor objectsOf(List<Verb> verbs) {
        return Tensor.of(verbs.stream()
                .mapToLong(verb -> verb.use() == Use.TRANSITIVE ? 1 : 0)
                .toArray());
    }

    private static List<Integer> order(List<?> items, long seed) {
        return Verbs.shuffled(Stream.iterate(0, i -> i + 1).limit(items.size()).toList(), seed);
    }

    private static <T> List<T> pick(List<T> items, List<Integer> places) {
        return places.stream().map(items::get).toList();
    }

    private void table(String what, List<double[]> results) {
        out.printf("%-40s %-18s %s%n", what, figure(results, 0), figure(results, 1));
    }

    /** The mean over the seeds, and from the smallest to the largest. */
    private static String figure(List<double[]> results, int place) {
        double[] values = results.stream()
                .mapToDouble(result -> 100 * result[place])
                .sorted()
                .toArray();
        double mean = LongStream.range(0, values.length)
                .mapToDouble(i -> values[(int) i])
                .average()
                .orElse(0);
        return values.length == 1
                ? String.format(Locale.ROOT, "%.1f %%", mean)
                : String.format(Locale.ROOT, "%.1f %% (%.1f-%.1f)", mean, values[0], values[values.length - 1]);
    }
}
