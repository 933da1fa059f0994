package io.maas.api.server;

import com.google.common.collect.ImmutableSet;
import io.maas.api.job.TrainingJobs;
import io.maas.api.security.ApiKeys;
import io.maas.api.security.AuditLog;
import io.maas.api.security.Authenticator;
import io.maas.error.Require;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Where, for whom and within which bounds a server listens.
 *
 * <p>Immutable and thread-safe.
 *
 * @param host the name or address to listen on; must be a loopback one where nobody is authenticated
 * @param port the port, {@code 0 <= port <= 65535}; 0 for any free one
 * @param limits how much of whom
 * @param authenticator who finds out who callers are; null for nobody, which lets everybody do everything
 * @param allowedHosts names beside {@code localhost} and addresses under which the server may be called; where callers authenticate
 *     and this is empty, any
 * @param meters where requests are counted, null for nowhere; stays the caller's
 * @param guard how the door is guarded beside that
 * @param training what takes data sets and training jobs, null for nobody; stays the caller's
 * @param uploads where versions lie that are being sent; null for a place that ends with the server
 */
public record ServerOptions(
        String host,
        int port,
        ServerLimits limits,
        @Nullable Authenticator authenticator,
        ImmutableSet<String> allowedHosts,
        @Nullable MeterRegistry meters,
        Guard guard,
        @Nullable TrainingJobs training,
        @Nullable Path uploads) {
    /**
     * How the door is guarded.
     *
     * @param tls certificates, null for no TLS
     * @param callers how much of one caller
     * @param keys that administrators give out under {@code /api/keys}, null for none
     * @param audit where changes are written down, null for nowhere; stays the caller's
     */
    public record Guard(
            @Nullable Tls tls,
            CallerLimits callers,
            @Nullable ApiKeys keys,
            @Nullable AuditLog audit) {}

    public ServerOptions {
        Require.that(0 <= port && port <= 65535, "port", port, "0 <= port <= 65535");
    }

    /** 127.0.0.1, any free port, nobody authenticated, {@link ServerLimits#defaults}. */
    public static ServerOptions defaults() {
        return new ServerOptions(
                "127.0.0.1",
                0,
                ServerLimits.defaults(),
                null,
                ImmutableSet.of(),
                null,
                new Guard(null, CallerLimits.defaults(), null, null),
                null,
                null);
    }

    public ServerOptions withHost(String other) {
        return new ServerOptions(other, port, limits, authenticator, allowedHosts, meters, guard, training, uploads);
    }

    public ServerOptions withPort(int other) {
        return new ServerOptions(host, other, limits, authenticator, allowedHosts, meters, guard, training, uploads);
    }

    public ServerOptions withLimits(ServerLimits other) {
        return new ServerOptions(host, port, other, authenticator, allowedHosts, meters, guard, training, uploads);
    }

    /** Beside the keys of {@link #withKeys}, if there are any. */
    public ServerOptions withAuthenticator(Authenticator other) {
        ApiKeys keys = guard.keys;
        return withCallers(keys == null ? other : keys.or(other));
    }

    private ServerOptions withCallers(Authenticator all) {
        return new ServerOptions(host, port, limits, all, allowedHosts, meters, guard, training, uploads);
    }

    /** Knows callers by these keys, beside those that it knows already, and lets administrators give out more. Set them once. */
    public ServerOptions withKeys(ApiKeys keys) {
        Require.that(guard.keys == null, "keys", "set already", "keys of one file");
        Authenticator before = authenticator;
        return withCallers(before == null ? keys : keys.or(before))
                .withGuard(new Guard(guard.tls, guard.callers, keys, guard.audit));
    }

    /** Speaks TLS, and nothing else. */
    public ServerOptions withTls(Tls tls) {
        return withGuard(new Guard(tls, guard.callers, guard.keys, guard.audit));
    }

    public ServerOptions withCallers(CallerLimits callers) {
        return withGuard(new Guard(guard.tls, callers, guard.keys, guard.audit));
    }

    /** Writes down every change, and who was turned away. */
    public ServerOptions withAudit(AuditLog audit) {
        return withGuard(new Guard(guard.tls, guard.callers, guard.keys, audit));
    }

    private ServerOptions withGuard(Guard other) {
        return new ServerOptions(host, port, limits, authenticator, allowedHosts, meters, other, training, uploads);
    }

    public ServerOptions withAllowedHosts(String... names) {
        ImmutableSet<String> lower = Arrays.stream(names)
                .map(name -> name.toLowerCase(java.util.Locale.ROOT))
                .collect(ImmutableSet.toImmutableSet());
        return new ServerOptions(host, port, limits, authenticator, lower, meters, guard, training, uploads);
    }

    public ServerOptions withMeters(MeterRegistry registry) {
        return new ServerOptions(host, port, limits, authenticator, allowedHosts, registry, guard, training, uploads);
    }

    /** With data sets and training jobs, which are not in service otherwise. Close the server first. */
    public ServerOptions withTraining(TrainingJobs jobs) {
        return new ServerOptions(host, port, limits, authenticator, allowedHosts, meters, guard, jobs, uploads);
    }

    /** With a folder of its own in which a version that is being sent outlives the server, made if it is missing. */
    public ServerOptions withUploads(Path folder) {
        return new ServerOptions(host, port, limits, authenticator, allowedHosts, meters, guard, training, folder);
    }
}
