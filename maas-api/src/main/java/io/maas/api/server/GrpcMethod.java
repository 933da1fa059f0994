package io.maas.api.server;

/**
 * One row of the table of all that can be called by gRPC.
 *
 * @param path as HTTP/2 has it, such as {@code /inference.GRPCInferenceService/ModelInfer}
 */
record GrpcMethod(String path, Access access, GrpcEndpoint endpoint) {}
