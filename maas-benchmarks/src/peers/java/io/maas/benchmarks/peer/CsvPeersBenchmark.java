package io.maas.benchmarks.peer;

import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.dataformat.csv.CsvFactory;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import io.maas.benchmarks.CsvBenchmark;
import io.maas.benchmarks.CsvData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
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
 * Other readers on the files of {@link CsvBenchmark}. They give strings; the numbers among them are parsed, and summed up instead of
 * kept.
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
public class CsvPeersBenchmark {
    @Param
    public CsvData.Content content;

    @Param("50")
    public int size;

    private Path file;
    private double fileMegabytes;

    @Setup(Level.Trial)
    public void write() throws IOException {
        file = CsvData.write(content, size * 1_000_000L);
        fileMegabytes = Files.size(file) / 1e6;
    }

    @TearDown(Level.Trial)
    public void delete() throws IOException {
        Files.delete(file);
    }

    private double value(int column, String cell) {
        boolean number = content != CsvData.Content.MIXED || column % 3 == 1;
        return number ? Double.parseDouble(cell) : cell.length();
    }

    @Benchmark
    public double fastCsv(CsvBenchmark.Volume volume) throws IOException {
        volume.megabytes += fileMegabytes;
        double sum = 0;
        try (CsvReader<CsvRecord> records = CsvReader.builder().ofCsvRecord(file)) {
            boolean header = true;
            for (CsvRecord row : records) {
                for (int i = 0; !header && i < row.getFieldCount(); i++) {
                    sum += value(i, row.getField(i));
                }
                header = false;
            }
        }
        return sum;
    }

    @Benchmark
    public double jackson(CsvBenchmark.Volume volume) throws IOException {
        volume.megabytes += fileMegabytes;
        double sum = 0;
        CsvMapper mapper = CsvMapper.builder(new CsvFactory())
                .enable(CsvParser.Feature.WRAP_AS_ARRAY)
                .build();
        try (MappingIterator<String[]> rows = mapper.readerFor(String[].class).readValues(file.toFile())) {
            rows.next();
            while (rows.hasNext()) {
                String[] row = rows.next();
                for (int i = 0; i < row.length; i++) {
                    sum += value(i, row[i]);
                }
            }
        }
        return sum;
    }
}
