package io.maas.api.job;

import com.google.common.hash.Hashing;
import io.maas.api.wire.DataSetInfo;
import io.maas.api.wire.Documents;
import io.maas.error.InvalidInputException;
import io.maas.error.MaasException;
import io.maas.error.ModelNotFoundException;
import io.maas.error.Require;
import io.maas.storage.Storage;
import io.maas.training.data.Table;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The data sets that training jobs learn from: files of rows, each known by its name and content, described by what was read of it, and there
 * as a whole or not at all.
 *
 * <p>Thread-safe. Every method throws {@link ModelNotFoundException} for an id that is not there.
 */
public final class DataSets {
    private static final Logger LOG = LoggerFactory.getLogger(DataSets.class);
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
    private static final String DATA = ".data";
    private static final String INFO = ".json";
    private static final int GZIP = 0x1f8b;

    /**
     * What is kept of one beside its file.
     *
     * @param format how it is read
     */
    record Entry(DataSetInfo info, DataSetFormat format) {}

    private final Path folder;
    private final Storage storage;
    private final Clock clock;
    private final long capacity;
    private final Map<String, Entry> entries = new TreeMap<>();
    private final Map<String, Integer> uses = new HashMap<>();
    private long taken;

    private DataSets(Path folder, Storage storage, Clock clock, long capacity) {
        this.folder = folder;
        this.storage = storage;
        this.clock = clock;
        this.capacity = capacity;
    }

    /** Opens the folder, which is made if it is not there, and removes what a dead process left half written. */
    static DataSets open(Path folder, JobOptions options) throws IOException {
        options.storage().createDirectories(folder);
        DataSets sets = new DataSets(folder, options.storage(), options.clock(), options.dataBytes());
        List<Path> files;
        try (Stream<Path> list = Files.list(folder)) {
            files = list.sorted().toList();
        }
        for (Path file : files) {
            String name = String.valueOf(file.getFileName());
            if (name.endsWith(INFO)) {
                sets.load(file, name.substring(0, name.length() - INFO.length()));
            }
        }
        for (Path file : files) {
            String name = String.valueOf(file.getFileName());
            // Also where the description is damaged: the rows are not.
            boolean whole =
                    name.endsWith(DATA) && Files.exists(sets.info(name.substring(0, name.length() - DATA.length())));
            if (!whole && !name.endsWith(INFO)) {
                options.storage().delete(file);
            }
        }
        return sets;
    }

    private void load(Path file, String id) throws IOException {
        try {
            Entry entry = Documents.read(Files.readAllBytes(file), Entry.class);
            if (entry.info().id().equals(id) && Files.isRegularFile(data(id))) {
                entries.put(id, entry);
                taken += entry.info().bytes();
                return;
            }
            LOG.warn("a data set is left out, as its rows are gone: {}", file);
        } catch (InvalidInputException e) {
            LOG.warn("a data set is left out, as its description is damaged: {}", file, e);
        }
    }

    private Path data(String id) {
        return folder.resolve(id + DATA);
    }

    private Path info(String id) {
        return folder.resolve(id + INFO);
    }

    // ---- room

    long capacity() {
        return capacity;
    }

    synchronized boolean reserve(long bytes) {
        if (bytes > capacity - taken) {
            return false;
        }
        taken += bytes;
        return true;
    }

    private synchronized void release(long bytes) {
        taken -= bytes;
    }

    // ---- in

    /**
     * Begins an upload.
     *
     * @param maxBytes of this one
     * @return an upload that the caller closes
     */
    public DataSetUpload begin(long maxBytes) {
        Path part = folder.resolve(UUID.randomUUID() + AtomicFile.PART);
        try {
            return new DataSetUpload(this, part, storage.open(part), Require.positive(maxBytes, "maxBytes"));
        } catch (IOException e) {
            throw AtomicFile.failed(e);
        }
    }

    /**
     * Reads what was uploaded and, if all of it can be read, keeps it. The same content under the same name, by the same owner and read in
     * the same way, is one data set however often it comes.
     *
     * @param name letters, digits, {@code . _ -}, at most 64
     * @param sha256 what the content must hash to, in hex; null if that is not known
     * @throws InvalidInputException if a row is broken, which the message says with its line; nothing is kept then
     */
    public DataSetInfo complete(
            DataSetUpload upload, String name, DataSetFormat format, String owner, @Nullable String sha256) {
        requireName(name);
        try {
            String hash = upload.finish();
            if (sha256 != null && !sha256.toLowerCase(Locale.ROOT).equals(hash)) {
                throw new InvalidInputException("data set has the SHA-256 " + hash + " (expected: the announced "
                        + Require.quote(sha256) + "); send it again");
            }
            String id = id(name, hash, format, owner);
            Optional<DataSetInfo> known = find(id);
            if (known.isPresent()) {
                return known.get();
            }
            return keep(upload, new Entry(describe(upload, id, name, hash, format, owner), format));
        } catch (IOException e) {
            throw AtomicFile.failed(e);
        } finally {
            upload.close();
        }
    }

    /**
     * Requires that a data set may be called so.
     *
     * @throws InvalidInputException if it is no name
     */
    public static void requireName(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new InvalidInputException(
                    "name: " + Require.quote(name) + " (expected: a name that matches " + NAME.pattern() + ")");
        }
    }

    private static String id(String name, String sha256, DataSetFormat format, String owner) {
        String content = sha256 + "\n" + format + "\n" + owner;
        return name + "-"
                + Hashing.sha256()
                        .hashString(content, StandardCharsets.UTF_8)
                        .toString()
                        .substring(0, 16);
    }

    private DataSetInfo describe(
            DataSetUpload upload, String id, String name, String sha256, DataSetFormat format, String owner)
            throws IOException {
        requirePlain(upload.part());
        Table table = format.read(upload.part());
        List<DataSetInfo.Column> columns = new ArrayList<>();
        for (String column : table.names()) {
            columns.add(new DataSetInfo.Column(column, table.type(column).name().toLowerCase(Locale.ROOT)));
        }
        return new DataSetInfo(
                id,
                name,
                format.kind(),
                upload.bytes(),
                sha256,
                table.rows(),
                columns,
                owner,
                clock.instant().toString());
    }

    /** What readers would unpack could take any room. */
    private static void requirePlain(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] first = in.readNBytes(2);
            if (first.length == 2 && ByteBuffer.wrap(first).getChar() == GZIP) {
                throw new InvalidInputException("data set is compressed (expected: CSV or JSON lines as they are)");
            }
        }
    }

    private synchronized DataSetInfo keep(DataSetUpload upload, Entry entry) throws IOException {
        String id = entry.info().id();
        Entry known = entries.get(id);
        if (known != null) {
            return known.info();
        }
        storage.move(upload.part(), data(id));
        storage.syncDirectory(folder);
        try {
            // From here on it is there.
            AtomicFile.write(storage, info(id), Documents.write(entry));
        } catch (MaasException e) {
            storage.delete(data(id));
            throw e;
        }
        upload.kept();
        entries.put(id, entry);
        return entry.info();
    }

    void discard(Path part, Storage.Output output, long bytes) {
        try {
            output.close();
            storage.delete(part);
        } catch (IOException e) {
            LOG.warn("an upload that was given up could not be removed", e);
        }
        release(bytes);
    }

    // ---- what there is

    /** All of them, by id. */
    public synchronized List<DataSetInfo> list() {
        return entries.values().stream().map(Entry::info).toList();
    }

    /** The one of that id. */
    public synchronized Optional<DataSetInfo> find(String id) {
        return Optional.ofNullable(entries.get(id)).map(Entry::info);
    }

    /** The one of that id. */
    public DataSetInfo get(String id) {
        return entry(id).info();
    }

    synchronized Entry entry(String id) {
        Entry entry = entries.get(id);
        if (entry == null) {
            throw new ModelNotFoundException(
                    "no data set " + Require.quote(id) + " (expected: the id of one that was uploaded)");
        }
        return entry;
    }

    /** Reads all rows of one. */
    Table read(String id) throws IOException {
        return entry(id).format().read(data(id));
    }

    // ---- out

    /** Keeps one from being deleted. */
    synchronized void use(String id) {
        Entry unused = entry(id);
        uses.merge(id, 1, Integer::sum);
    }

    synchronized void release(String id) {
        uses.computeIfPresent(id, (key, count) -> count == 1 ? null : count - 1);
    }

    /**
     * Deletes one.
     *
     * @throws IllegalStateException if a job that waits or runs uses it
     */
    public synchronized void delete(String id) {
        Entry entry = entry(id);
        if (uses.containsKey(id)) {
            throw new IllegalStateException(
                    "data set " + Require.quote(id) + ": in use (expected: no job that waits or runs with it)");
        }
        try {
            storage.delete(info(id));
            storage.syncDirectory(folder);
            entries.remove(id);
            taken -= entry.info().bytes();
            storage.delete(data(id));
        } catch (IOException e) {
            throw AtomicFile.failed(e);
        }
    }
}
