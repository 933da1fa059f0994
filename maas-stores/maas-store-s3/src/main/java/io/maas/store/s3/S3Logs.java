package io.maas.store.s3;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import com.google.common.primitives.Bytes;
import io.maas.registry.Head;
import io.maas.registry.LogName;
import io.maas.registry.StoreConflictException;
import io.maas.store.s3.S3Bucket.Attempt;
import io.maas.store.s3.S3Bucket.Content;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Logs as pages. The last one is {@code logs/<kind>/<model>}, and to replace it, if it is still the one that was read, is to
 * append. A page that is full is first copied to {@code pages/<kind>/<model>/<sequence>-<digest>}, named by the head at its end,
 * which is the base of the page after it, and so never changes again.
 */
final class S3Logs {
    private static final String LOGS = "logs/";

    /** Bytes of last pages in memory, which are not fetched again while they have not changed. */
    private static final long KNOWN_BYTES = 32 << 20;

    private final S3Bucket bucket;
    private final Cache<LogName, Known> known = CacheBuilder.newBuilder()
            .maximumWeight(KNOWN_BYTES)
            .weigher((LogName log, Known page) -> page.content().bytes().length)
            .build();

    S3Logs(S3Bucket bucket) {
        this.bucket = bucket;
    }

    /** A last page, as it was once. */
    private record Known(Content content, Page page) {
        static Known of(Content content) {
            return new Known(content, Page.parse(content.bytes()));
        }
    }

    private static String logs(LogName.Kind kind) {
        return LOGS + kind.name().toLowerCase(Locale.ROOT) + "/";
    }

    static String key(LogName log) {
        return logs(log.kind()) + log.model();
    }

    private static String key(LogName log, Head end) {
        return "pages/" + log.kind().name().toLowerCase(Locale.ROOT) + "/" + log.model() + "/" + end.sequence() + "-"
                + end.digest();
    }

    List<String> names(LogName.Kind kind) throws IOException {
        String start = logs(kind);
        return bucket.listAll(start).stream()
                .map(found -> found.key().substring(start.length()))
                .toList();
    }

    /** The tag of each log's last page. Objects that are none are passed over. */
    Map<LogName, String> tags() throws IOException {
        Map<LogName, String> tags = new HashMap<>();
        for (S3Bucket.Listed found : bucket.listAll(LOGS)) {
            for (LogName.Kind kind : LogName.Kind.values()) {
                if (found.key().startsWith(logs(kind))) {
                    name(kind, found.key().substring(logs(kind).length())).ifPresent(log -> tags.put(log, found.tag()));
                }
            }
        }
        return tags;
    }

    private static Optional<LogName> name(LogName.Kind kind, String model) {
        try {
            return Optional.of(new LogName(kind, model));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    @SuppressWarnings("ReferenceEquality") // The bucket gives back the very content that it was asked about.
    private @Nullable Known last(LogName log) throws IOException {
        Known before = known.getIfPresent(log);
        Content now =
                bucket.get(key(log), before == null ? null : before.content()).orElse(null);
        return before != null && before.content() == now ? before : remember(log, now);
    }

    private @Nullable Known remember(LogName log, @Nullable Content now) {
        if (now == null) {
            known.invalidate(log);
            return null;
        }
        Known last = Known.of(now);
        known.put(log, last);
        return last;
    }

    Head head(LogName log) throws IOException {
        Known last = last(log);
        return last == null ? Head.empty(log.model()) : last.page().end();
    }

    /** The page that ends there; null if it is missing or damaged. */
    private @Nullable Page full(LogName log, Head end) throws IOException {
        try {
            return bucket.get(key(log, end))
                    .map(found -> Page.parse(found.bytes()))
                    .filter(page -> page.end().equals(end))
                    .orElse(null);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    byte[] read(LogName log, Head from, Head to) throws IOException {
        Known last = known.getIfPresent(log);
        if (last == null || !last.page().end().equals(to)) {
            last = last(log);
        }
        byte[] bytes = new byte[0];
        for (Page page = last == null ? null : last.page(); page != null; page = before(log, page)) {
            bytes = Bytes.concat(page.slice(from.bytes(), to.bytes()), bytes);
            if (page.base().bytes() <= from.bytes()) {
                return bytes;
            }
        }
        return bytes;
    }

    private @Nullable Page before(LogName log, Page page) throws IOException {
        return page.base().sequence() == 0 ? null : full(log, page.base());
    }

    void append(LogName log, Head expected, byte[] line) throws IOException {
        Known last = known.getIfPresent(log);
        if (last == null || !last.page().end().equals(expected)) {
            last = last(log);
        }
        Page page = last == null ? Page.empty(Head.empty(log.model())) : last.page();
        if (!page.end().equals(expected)) {
            throw conflict(log, page.end(), expected);
        }
        if (last != null && page.isFull()) {
            bucket.put(key(log, expected), last.content().bytes());
            page = Page.empty(expected);
        }
        String mark = UUID.randomUUID().toString();
        Page next = page.with(new Page.Entry(mark, line));
        Attempt attempt = bucket.putIf(
                key(log), next.toBytes(), last == null ? null : last.content().tag());
        Known now = remember(log, attempt.now());
        if (!attempt.done() && !holds(log, now, next.end().sequence(), mark)) {
            throw conflict(
                    log, now == null ? Head.empty(log.model()) : now.page().end(), expected);
        }
    }

    /** Whether a line has been written by the append of that mark, after which others may have come. */
    private boolean holds(LogName log, @Nullable Known last, long sequence, String mark) throws IOException {
        Page page = last == null ? null : last.page();
        while (page != null && page.base().sequence() >= sequence) {
            page = before(log, page);
        }
        if (page == null || page.end().sequence() < sequence) {
            return false;
        }
        int index = (int) (sequence - page.base().sequence() - 1);
        return page.entries().get(index).mark().equals(mark);
    }

    private StoreConflictException conflict(LogName log, Head found, Head expected) {
        return new StoreConflictException(
                bucket.uri(key(log)) + ": found line " + found.sequence() + ", expected " + expected.sequence());
    }
}
