package io.maas.api.client;

import com.google.common.base.Splitter;
import com.google.common.net.HostAndPort;
import io.maas.error.Require;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;

/** Reads the servers out of an address such as {@code grpc://one:8080,two:8080}. */
final class GrpcAddress {
    private GrpcAddress() {}

    /** @throws IllegalArgumentException if it names none, or one without a port */
    static List<HostAndPort> parse(URI address) {
        List<HostAndPort> servers = new ArrayList<>();
        String authority = address.getRawAuthority();
        if (authority != null) {
            for (String part : Splitter.on(',').split(authority)) {
                servers.add(server(address, part));
            }
        }
        require(!servers.isEmpty(), address);
        return servers;
    }

    private static HostAndPort server(URI address, String part) {
        try {
            HostAndPort server = HostAndPort.fromString(part);
            require(server.hasPort() && !server.getHost().isEmpty(), address);
            return server;
        } catch (IllegalArgumentException e) {
            throw failure(address);
        }
    }

    private static void require(boolean condition, URI address) {
        if (!condition) {
            throw failure(address);
        }
    }

    private static IllegalArgumentException failure(URI address) {
        return Require.failure("server", address, "an address such as grpc://127.0.0.1:8080");
    }
}
