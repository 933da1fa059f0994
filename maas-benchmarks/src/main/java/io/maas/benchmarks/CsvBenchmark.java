package io.maas.benchmarks;

import io.maas.training.data.CsvOptions;
import io.maas.training.data.Table;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Reads a file of separated values into a table, types inferred, on one core with a heap of 256 MB. {@code megabytes} is what a
 * second reads.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {"-Xmx256m", "-XX:+UseSerialGC"})
@Warmup(iterations = 3, time = 3)
@Measurement(iterations = 5, time = 3)
@SuppressWarnings("NullAway") // JMH fills the parameters and calls the set-up.
public class CsvBenchmark {
    @Param
    public CsvData.Content content;

    /** The size of the file. */
    @Param("50")
    public int size;

    private Path file;
    private double fileMegabytes;

    /** Counted beside the files. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.OPERATIONS)
    public static class Volume {
        public double megabytes;
    }

    @Setup(Level.Trial)
    public void write() throws IOException {
        file = CsvData.write(content, size * 1_000_000L);
        fileMegabytes = Files.size(file) / 1e6;
        Table table = Table.readCsv(file, CsvOptions.defaults());
        if (table.names().size() != CsvData.COLUMNS || table.rows() < size * 1000) {
            throw new IllegalStateException("read " + table);
        }
    }

    @TearDown(Level.Trial)
    public void delete() throws IOException {
        Files.delete(file);
    }

    @Benchmark
    public Table read(Volume volume) throws IOException {
        volume.megabytes += fileMegabytes;
        return Table.readCsv(file, CsvOptions.defaults());
    }
}
