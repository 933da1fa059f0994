package io.maas.api.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.api.wire.DataSetInfo;
import io.maas.api.wire.JobEvent;
import io.maas.error.InvalidInputException;
import io.maas.error.MaasException;
import io.maas.error.ModelNotFoundException;
import io.maas.error.QuotaExceededException;
import io.maas.storage.ForwardingStorage;
import io.maas.storage.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Data sets and logs in their folders. */
class DataSetsTest {
    private static final String ROWS = "a,b\n1,x\n2,y\n";

    @TempDir
    Path folder;

    private static DataSetInfo keep(DataSets sets, String content, String owner) {
        try (DataSetUpload upload = sets.begin(1000)) {
            upload.write(ByteBuffer.wrap(content.getBytes(StandardCharsets.UTF_8)));
            return sets.complete(upload, "rows", DataSetFormat.csv(), owner, null);
        }
    }

    private List<String> files() throws IOException {
        try (Stream<Path> list = Files.list(folder)) {
            return list.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void whatWasKeptIsThereAfterARestart() throws Exception {
        DataSets sets = DataSets.open(folder, JobOptions.defaults());
        DataSetInfo set = keep(sets, ROWS, "ada");
        Files.writeString(folder.resolve("left.part"), "half");
        Files.writeString(folder.resolve("orphan-1234.data"), "whole, but never described");
        DataSets again = DataSets.open(folder, JobOptions.defaults());
        assertThat(again.list()).containsExactly(set);
        assertThat(again.read(set.id()).rows()).isEqualTo(2);
        assertThat(files()).containsExactly(set.id() + ".data", set.id() + ".json");
    }

    @Test
    void aDamagedDescriptionDoesNotCostTheRows() throws Exception {
        DataSetInfo set = keep(DataSets.open(folder, JobOptions.defaults()), ROWS, "ada");
        Files.writeString(folder.resolve(set.id() + ".json"), "{");
        DataSets again = DataSets.open(folder, JobOptions.defaults());
        assertThat(again.list()).isEmpty();
        assertThat(files()).contains(set.id() + ".data");
        // Uploading them again mends it.
        assertThat(keep(again, ROWS, "ada").sha256()).isEqualTo(set.sha256());
        assertThat(again.read(set.id()).rows()).isEqualTo(2);
    }

    @Test
    void everyOwnerHasTheirOwn() throws Exception {
        DataSets sets = DataSets.open(folder, JobOptions.defaults());
        DataSetInfo first = keep(sets, ROWS, "ada");
        DataSetInfo second = keep(sets, ROWS, "bob");
        assertThat(second.id()).isNotEqualTo(first.id());
        assertThat(keep(sets, ROWS, "ada")).isEqualTo(first);
        sets.delete(first.id());
        assertThat(sets.list()).containsExactly(second);
        assertThatThrownBy(() -> sets.get(first.id())).isInstanceOf(ModelNotFoundException.class);
        assertThatThrownBy(() -> sets.delete(first.id())).isInstanceOf(ModelNotFoundException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a,a\n1,2\n",
                "1,2\n3,4\n",
                "a,b\n1,NaN\n",
                "a,b\n1,inf\n",
                "a,b\n1,x\"y\n",
                "a,b\n1,\"x\n",
                "a\n9007199254740993\n\n0.5\n",
            })
    void whatIsWrongIsToldWithoutNamesOfTheLibrary(String content) throws Exception {
        DataSets sets = DataSets.open(folder, JobOptions.defaults());
        assertThatThrownBy(() -> keep(sets, content, "ada"))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("data set, line ")
                .hasMessageNotContainingAny("CsvOptions", "withN", "withM", "NUMBER", "TEXT");
    }

    @Test
    void roomIsGivenBack() throws Exception {
        DataSets sets = DataSets.open(folder, JobOptions.defaults().withDataBytes(2L * ROWS.length()));
        DataSetInfo first = keep(sets, ROWS, "ada");
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> keep(sets, "a,b\n1\n", "ada")).isInstanceOf(InvalidInputException.class);
            assertThat(keep(sets, ROWS, "ada")).isEqualTo(first);
        }
        DataSetInfo second = keep(sets, ROWS, "bob");
        assertThatThrownBy(() -> keep(sets, ROWS, "cyd")).isInstanceOf(QuotaExceededException.class);
        sets.delete(second.id());
        assertThat(keep(sets, ROWS, "cyd").rows()).isEqualTo(2);
        assertThat(files()).hasSize(4);
    }

    /** A disk that fails at one of its calls. */
    private static final class FailingDisk extends ForwardingStorage {
        private final AtomicInteger left;

        FailingDisk(AtomicInteger left) {
            super(Storage.disk());
            this.left = left;
        }

        private void call() throws IOException {
            if (left.getAndDecrement() == 0) {
                throw new IOException("No space left on device");
            }
        }

        @Override
        public Output open(Path file) throws IOException {
            call();
            return new ForwardingOutput(super.open(file)) {
                @Override
                public void write(ByteBuffer bytes, long position) throws IOException {
                    call();
                    super.write(bytes, position);
                }

                @Override
                public void sync() throws IOException {
                    call();
                    super.sync();
                }
            };
        }

        @Override
        public void move(Path from, Path to) throws IOException {
            call();
            super.move(from, to);
        }

        @Override
        public void syncDirectory(Path directory) throws IOException {
            call();
            super.syncDirectory(directory);
        }
    }

    @Test
    void aFullDiskLeavesWholeDataSetsOrNone() throws Exception {
        int failures = 0;
        for (int calls = 0; ; calls++) {
            AtomicInteger left = new AtomicInteger(Integer.MAX_VALUE);
            JobOptions options = JobOptions.defaults().withStorage(new FailingDisk(left));
            DataSets sets = DataSets.open(folder.resolve("" + calls), options);
            left.set(calls);
            try {
                DataSetInfo set = keep(sets, ROWS, "ada");
                assertThat(sets.read(set.id()).rows()).isEqualTo(2);
                break;
            } catch (MaasException e) {
                failures++;
                assertThat(e.getMessage()).doesNotContain(folder.toString());
                assertThat(sets.list()).isEmpty();
            }
            left.set(Integer.MAX_VALUE);
            DataSetInfo set = keep(sets, ROWS, "ada");
            assertThat(DataSets.open(folder.resolve("" + calls), JobOptions.defaults())
                            .list())
                    .containsExactly(set);
        }
        assertThat(failures).isGreaterThan(5);
    }

    @Test
    void aLineThatIsHalfWrittenIsCutOff() throws Exception {
        Path file = folder.resolve("log");
        JobLog log = JobLog.open(file);
        JobEvent event = new JobEvent("note", "2026-01-01T00:00:00Z", null, null, null, "one");
        log.append(event);
        log.append(event);
        long whole = log.end();
        Files.writeString(file, Files.readString(file) + "{\"type\":\"no");
        JobLog again = JobLog.open(file);
        assertThat(again.end()).isEqualTo(whole);
        again.append(event);
        List<JobLog.Line> lines = again.read(0, 1);
        assertThat(lines).hasSize(3);
        assertThat(again.read(lines.get(1).end(), 1)).hasSize(1);
        assertThat(again.read(again.end(), 1)).isEmpty();
        assertThatThrownBy(() -> again.read(5, 1)).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> again.read(again.end() + 1, 1)).isInstanceOf(InvalidInputException.class);
    }
}
