package io.maas.training.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** Kills processes that train, at random moments, and lets others go on. */
class KilledTrainingTest {
    /** Wide enough that a good part of the time goes into writing checkpoints. */
    private static final int WIDTH = 512;

    private static Process start(Path folder, int everySteps) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        BrokenOff.class.getName(),
                        folder.toString(),
                        String.valueOf(WIDTH),
                        String.valueOf(everySteps))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /** Reads lines up to that of a step or to the end; gives the last line. */
    private static String read(BufferedReader reader, int lines) throws IOException {
        String last = "";
        for (int i = 0; i < lines; i++) {
            String line = reader.readLine();
            if (line == null) {
                break;
            }
            last = line;
        }
        return last;
    }

    private static String toTheEnd(Path folder) throws Exception {
        Process process = start(folder, 1);
        try (BufferedReader reader =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            String last = read(reader, Integer.MAX_VALUE);
            assertThat(process.waitFor()).as(last).isZero();
            return last;
        }
    }

    /**
     * Kills a process once it has done some more steps.
     *
     * @param delay for some more nanoseconds, so that it hits any part of a step and of a checkpoint
     * @return its last line; that of its end if it was faster
     */
    private static String killed(Path folder, int lines, long delay) throws Exception {
        Process process = start(folder, 1);
        try (BufferedReader reader =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            String last = read(reader, lines);
            for (long from = System.nanoTime(); System.nanoTime() - from < delay; ) {
                Thread.onSpinWait();
            }
            process.toHandle().destroyForcibly();
            String rest = read(reader, Integer.MAX_VALUE);
            process.waitFor();
            return rest.isEmpty() ? last : rest;
        }
    }

    @Test
    void comesToTheSameBitsAfterThreeKills(@TempDir Path folder) throws Exception {
        String expected = toTheEnd(folder.resolve("whole"));
        Path broken = folder.resolve("broken");
        SplittableRandom random = new SplittableRandom(5);

        for (int i = 0; i < 3; i++) {
            killed(broken, 1 + random.nextInt(10), random.nextLong(10_000_000));
        }

        assertThat(expected).startsWith("done ");
        assertThat(toTheEnd(broken)).isEqualTo(expected);
    }

    @Test
    @EnabledIfSystemProperty(named = "maas.nightly", matches = "true")
    @SuppressWarnings("SystemOut") // The table is what it is run for.
    void comesToTheSameBitsAfterTwoHundredKills(@TempDir Path folder) throws Exception {
        String expected = toTheEnd(folder.resolve("whole"));
        SplittableRandom random = new SplittableRandom(Long.getLong("maas.seed", 7));
        List<String> table = new ArrayList<>();
        int kills = 0;
        int halfWritten = 0;
        int trainings = 0;
        while (kills < 200) {
            Path broken = folder.resolve("broken-" + trainings++);
            String last = "";
            int own = 0;
            while (!last.startsWith("done ") && kills < 200) {
                last = killed(broken, 1 + random.nextInt(12), random.nextLong(20_000_000));
                boolean torn = torn(broken);
                halfWritten += torn ? 1 : 0;
                kills += last.startsWith("done ") ? 0 : 1;
                own += last.startsWith("done ") ? 0 : 1;
                table.add(String.format(Locale.ROOT, "| %d | %s | %s |", kills, last, torn ? "yes" : ""));
            }
            String end = toTheEnd(broken);
            assertThat(end).as("training %d, killed %d times", trainings, own).isEqualTo(expected);
            table.add(String.format(Locale.ROOT, "| | training %d: %d kills, equal | |", trainings, own));
        }
        System.out.println("| kill | last line before it | checkpoint half written |");
        System.out.println("|---|---|---|");
        table.forEach(System.out::println);
        System.out.printf(
                Locale.ROOT,
                "%d kills in %d trainings, %d of them while a checkpoint was written; all end in %s%n",
                kills,
                trainings,
                halfWritten,
                expected);
    }

    private static boolean torn(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            return files.anyMatch(file -> file.toString().endsWith(".part"));
        } catch (java.nio.file.NoSuchFileException e) {
            return false;
        }
    }
}
