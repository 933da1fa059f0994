package io.maas.server;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableSet;
import io.maas.api.security.ClientCertificates;
import io.maas.api.security.Grant;
import io.maas.api.security.Principal;
import io.maas.error.Require;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/**
 * Who shows which certificate, in a file of properties, such as {@code worker = infer:team-*,train uri:spiffe://example.com/worker}: the
 * name of a caller, what they may do, and what their certificate is made out to, as {@link ClientCertificates} takes it.
 */
final class CertificateFile {
    private static final Splitter PARTS =
            Splitter.onPattern("\\s+").limit(2).omitEmptyStrings().trimResults();

    private CertificateFile() {}

    /** @throws IllegalArgumentException if it cannot be read or says what is no caller, and where */
    static ClientCertificates of(Path file) {
        Map<String, Principal> names = read(file);
        try {
            return ClientCertificates.of(names);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
        }
    }

    static Map<String, Principal> read(Path file) {
        Properties lines = QuotaFile.load(file);
        Map<String, Principal> names = new HashMap<>();
        for (String caller : lines.stringPropertyNames()) {
            try {
                List<String> parts = PARTS.splitToList(lines.getProperty(caller));
                Require.that(
                        parts.size() == 2,
                        "certificate",
                        "missing",
                        "grants, then a certificate's name, such as infer:team-* uri:spiffe://example.com/worker");
                ImmutableSet<Grant> grants = Splitter.on(',')
                        .splitToStream(parts.get(0))
                        .map(Grant::parse)
                        .collect(ImmutableSet.toImmutableSet());
                Principal before = names.put(parts.get(1), new Principal(caller, grants));
                Require.that(before == null, "certificate", Require.quote(parts.get(1)), "one caller for each");
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(file + ": " + caller + ": " + e.getMessage(), e);
            }
        }
        return names;
    }
}
