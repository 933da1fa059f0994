package io.maas.registry;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Another process that does random things to a registry once it is told to, and says when it began and ended each. */
final class HistoryProcess {
    private static final String BEGIN = "begin";
    private static final String READY = "ready";

    private HistoryProcess() {}

    /** All processes of a machine read one clock, which stands behind {@link System#nanoTime} under Linux. */
    public static void main(String... arguments) throws IOException {
        StoredModelRegistry registry = StoredModelRegistry.open(Path.of(arguments[0]));
        Random random = new Random(Long.parseLong(arguments[1]));
        int count = Integer.parseInt(arguments[2]);
        int versions = Integer.parseInt(arguments[3]);
        // Touches all classes, so that the first actions are as fast as the later ones.
        registry.models();
        RegistryProcess.say(READY);
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).readLine();
        for (int i = 0; i < count; i++) {
            Action action = Action.random(random, versions);
            RegistryProcess.say(String.join(
                    " ", BEGIN, "" + System.nanoTime(), action.kind().name(), "" + action.argument()));
            String answer = action.to(registry);
            RegistryProcess.say("end " + System.nanoTime() + " " + answer);
        }
    }

    static Process start(Path root, long seed, int count, int versions) throws IOException {
        return new ProcessBuilder(
                        Straced.java(HistoryProcess.class, root.toString(), "" + seed, "" + count, "" + versions))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /** What it did, given what it said; the last line may have been cut off by its death. */
    static List<History.Done> done(String output) {
        List<History.Done> all = new ArrayList<>();
        long start = 0;
        @Nullable Action begun = null;
        for (List<String> line : RegistryProcess.acknowledged(output)) {
            if (line.get(0).equals(BEGIN)) {
                start = Long.parseLong(line.get(1));
                begun = new Action(Action.Kind.valueOf(line.get(2)), Long.parseLong(line.get(3)));
            } else if (begun != null) {
                all.add(new History.Done(start, Long.parseLong(line.get(1)), begun, line.get(2)));
                begun = null;
            }
        }
        if (begun != null) {
            all.add(History.Done.unanswered(start, begun));
        }
        return all;
    }
}
