package io.maas.server;

import io.maas.api.security.ApiKeys;
import io.maas.api.security.AuditLog;
import io.maas.api.security.Authenticator;
import io.maas.api.security.JwtAuthenticator;
import io.maas.api.security.JwtRules;
import io.maas.api.server.ServerOptions;
import io.maas.api.server.Tls;
import io.maas.serving.Quotas;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Who is let in, and by which certificates the server is known. No setting is a secret: keys and certificates are in files. */
final class Security implements AutoCloseable {
    @Option(
            names = "--keys",
            paramLabel = "FILE",
            description =
                    "API keys that are let in, made by the command issue-key or by administrators over the network")
    private @Nullable Path keys;

    @Option(
            names = "--jwt-keys",
            paramLabel = "FILE",
            description = "a JSON Web Key Set; tokens that were signed by one of its keys are let in")
    private @Nullable Path jwtKeys;

    @Option(names = "--jwt-issuer", paramLabel = "NAME", description = "who must have made a token")
    private @Nullable String jwtIssuer;

    @Option(names = "--jwt-audience", paramLabel = "NAME", description = "for whom a token must be")
    private @Nullable String jwtAudience;

    @Option(
            names = "--jwt-grants",
            paramLabel = "CLAIM",
            description = "the claim of a token that holds its grants, such as scope (default: grants)")
    private @Nullable String jwtGrants;

    @Option(
            names = "--tls-certificates",
            paramLabel = "FILE",
            description = "the server's own certificates, in PEM; they are read again when they change")
    private @Nullable Path certificates;

    @Option(names = "--tls-key", paramLabel = "FILE", description = "the key of the first of them, in PEM")
    private @Nullable Path tlsKey;

    @Option(
            names = "--tls-clients",
            paramLabel = "FILE",
            description = "authorities of which clients must show a certificate, in PEM")
    private @Nullable Path clients;

    @Option(
            names = "--tls-client-names",
            paramLabel = "FILE",
            description =
                    "whose certificates are enough without a key or a token, as properties: anna = infer:team-* dns:anna.example")
    private @Nullable Path clientNames;

    @Option(
            names = "--audit",
            paramLabel = "FILE",
            description = "where every change is written down, as lines of JSON")
    private @Nullable Path audit;

    @Option(
            names = "--quotas",
            paramLabel = "FILE",
            description = "how much each caller may ask of models, as properties: anna = requests: 100, compute: 0.5")
    private @Nullable Path quotas;

    private @Nullable AuditLog log;

    /**
     * Options with all that was asked for.
     *
     * @throws IllegalArgumentException if one setting needs another one
     */
    ServerOptions secured(ServerOptions options) {
        requireUseful();
        ServerOptions secured = options;
        if (keys != null) {
            secured = secured.withKeys(ApiKeys.open(keys));
        }
        Optional<Authenticator> others =
                Stream.of(tokens(), named()).flatMap(Optional::stream).reduce(Authenticator::or);
        if (others.isPresent()) {
            secured = secured.withAuthenticator(others.get());
        }
        if (certificates != null) {
            Tls tls = Tls.of(certificates, require(tlsKey, "--tls-key", "--tls-certificates"));
            secured = secured.withTls(clients == null ? tls : tls.withClientsOnly(clients));
        }
        if (audit != null) {
            log = AuditLog.open(audit);
            secured = secured.withAudit(log);
        }
        return secured;
    }

    private Optional<Authenticator> tokens() {
        if (jwtKeys == null) {
            return Optional.empty();
        }
        JwtRules rules = JwtRules.of(
                require(jwtIssuer, "--jwt-issuer", "--jwt-keys"), require(jwtAudience, "--jwt-audience", "--jwt-keys"));
        return Optional.of(JwtAuthenticator.of(jwtKeys, jwtGrants == null ? rules : rules.withGrants(jwtGrants)));
    }

    private Optional<Authenticator> named() {
        return Optional.ofNullable(clientNames).map(CertificateFile::of);
    }

    /** What has no effect alone would be taken for a door that is locked. */
    private void requireUseful() {
        requireBeside(jwtIssuer, "--jwt-issuer", jwtKeys, "--jwt-keys");
        requireBeside(jwtAudience, "--jwt-audience", jwtKeys, "--jwt-keys");
        requireBeside(jwtGrants, "--jwt-grants", jwtKeys, "--jwt-keys");
        requireBeside(tlsKey, "--tls-key", certificates, "--tls-certificates");
        requireBeside(clients, "--tls-clients", certificates, "--tls-certificates");
        requireBeside(clientNames, "--tls-client-names", clients, "--tls-clients");
    }

    private static void requireBeside(
            @Nullable Object given, String option, @Nullable Object needed, String otherOption) {
        if (given != null) {
            require(needed, otherOption, option);
        }
    }

    /** How much each caller may ask of models. */
    Quotas quotas() {
        return quotas == null ? Quotas.none() : Quotas.of(QuotaFile.of(quotas)::of);
    }

    private static <T> T require(@Nullable T value, String option, String because) {
        if (value == null) {
            throw new IllegalArgumentException(option + " is missing (expected: it is given with " + because + ")");
        }
        return value;
    }

    @Override
    public void close() {
        if (log != null) {
            log.close();
        }
    }
}
