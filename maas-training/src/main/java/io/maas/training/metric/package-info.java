/**
 * How well predictions fit what is true: figures, and the curves and tables behind them, added up over portions of rows. Start with
 * {@link io.maas.training.metric.Metrics}; {@link io.maas.training.metric.Measure} is what all of them are.
 */
@org.jspecify.annotations.NullMarked
package io.maas.training.metric;
