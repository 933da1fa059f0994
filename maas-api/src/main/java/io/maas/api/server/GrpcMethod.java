package io.maas.api.server;

import io.maas.api.security.Role;

/**
 * One row of the table of all that can be called by gRPC.
 *
 * @param path as HTTP/2 has it, such as {@code /inference.GRPCInferenceService/ModelInfer}
 */
record GrpcMethod(String path, Access access, GrpcEndpoint endpoint) {
    /** Whether anything is another after it: who may only call models changes nothing. */
    boolean isChange() {
        return !access.isPublic() && !access.roles().contains(Role.INFER);
    }

    /** Whether models are run, which deployments hold against quotas of their own. */
    boolean isRun() {
        return path.endsWith("Infer");
    }
}
