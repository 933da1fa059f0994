package io.maas.backend.tck;

/** Cases of operators that move elements, or choose them by index. */
final class MovementCases {
    private MovementCases() {}

    static void of(CaseWriter to) {
        switch (to.op()) {
            case EINSUM -> EinsumCases.of(to);
            case RESIZE -> ResizingCases.of(to);
            case DEPTH_TO_SPACE, EYE_LIKE, REVERSE_SEQUENCE, SPACE_TO_DEPTH -> RearrangingCases.of(to);
            default -> {}
        }
    }
}
