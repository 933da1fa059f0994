package io.maas.api.server;

import com.google.common.collect.ImmutableSet;
import com.google.common.net.HostAndPort;
import com.google.common.net.InetAddresses;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.net.URI;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * By which names a server may be called. A page in a browser can make any name of its own mean this machine, and then ask a server here
 * in the name of whoever reads the page; that name is what gives it away.
 */
final class Hosts {
    private static final ImmutableSet<String> LOCAL = ImmutableSet.of("localhost");

    private final ImmutableSet<String> allowed;
    private final boolean any;

    Hosts(ServerOptions options) {
        this.allowed = ImmutableSet.<String>builder()
                .addAll(LOCAL)
                .add(options.host().toLowerCase(Locale.ROOT))
                .addAll(options.allowedHosts())
                .build();
        // Who has to show a key is in no danger from pages, which have none: no cookie is ever taken for one.
        this.any = options.authenticator() != null && options.allowedHosts().isEmpty();
    }

    /**
     * Pages cannot leave the name away: whoever does is no browser, and is told of a server's health by the version of HTTP that asks
     * for no name, as simple probes speak it.
     *
     * @param access to what is asked for
     * @throws Failure.Refusal if the request comes from a page of somebody else's, or under a name that is not this server's
     */
    void check(HttpServerRequest request, Access access) {
        int names = request.headers().getAll(HttpHeaders.HOST).size();
        if (names == 0 && request.version() == HttpVersion.HTTP_1_1) {
            throw new Failure.Refusal(
                    400, "no_host", "the header Host is missing (expected: the name of this server, or its address)");
        }
        io.vertx.core.net.HostAndPort named = named(request);
        String authority = named == null ? null : named.toString();
        requireOne(request, names, authority);
        String host = named == null ? null : named.host();
        boolean isProbe = names == 0 && request.version() == HttpVersion.HTTP_1_0 && access.isPublic();
        if (!any && !isProbe && !isAllowed(host)) {
            throw new Failure.Refusal(
                    421,
                    "wrong_host",
                    "the name in the header Host is not one of this server's (expected: localhost, an address, or one that is"
                            + " allowed in its settings)");
        }
        for (String origin : request.headers().getAll(HttpHeaders.ORIGIN)) {
            if (!isSame(origin, authority)) {
                throw new Failure.Refusal(
                        403, "foreign_origin", "pages of other origins are not answered (expected: no header Origin)");
            }
        }
    }

    /** The host that a request names, null if it names none that could be one. */
    private static io.vertx.core.net.@Nullable HostAndPort named(HttpServerRequest request) {
        try {
            return request.authority();
        } catch (RuntimeException e) { // The server falls over some names with percent signs.
            throw new Failure.Refusal(
                    400, "no_host", "the header Host is no name of a host (expected: one, or an address)");
        }
    }

    /** A request that names two hosts is for one of them here, and for the other one somewhere on its way. */
    private static void requireOne(HttpServerRequest request, int names, @Nullable String authority) {
        boolean isOne = names <= 1;
        String target = request.uri();
        if (isOne && target != null && !target.startsWith("/") && target.contains("://")) {
            isOne = isSame(target, authority);
        }
        if (!isOne) {
            throw new Failure.Refusal(400, "two_hosts", "the request names several hosts (expected: one)");
        }
    }

    private boolean isAllowed(@Nullable String host) {
        if (host == null) {
            return false;
        }
        String plain = host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
        // An address cannot be made to mean another machine.
        return InetAddresses.isInetAddress(plain) || allowed.contains(plain.toLowerCase(Locale.ROOT));
    }

    private static boolean isSame(String origin, @Nullable String authority) {
        if (authority == null) {
            return false;
        }
        try {
            URI uri = URI.create(origin);
            return uri.getAuthority() != null
                    && HostAndPort.fromString(uri.getAuthority()).equals(HostAndPort.fromString(authority));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
