/**
 * The network door of a {@link io.maas.Maas}: an embedded HTTP server that translates the Open Inference Protocol and decides
 * nothing itself. Start with {@link io.maas.api.server.MaasServer}.
 */
@org.jspecify.annotations.NullMarked
package io.maas.api.server;
