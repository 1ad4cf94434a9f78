/**
 * The contract and its oracle: what was observed of a removal ({@link org.unplug.lab.internal.contract.Evidence}) and
 * what follows from it for each line ({@link org.unplug.lab.internal.contract.Oracle}). Values and pure functions; start
 * reading at {@link org.unplug.lab.internal.contract.Line}.
 */
package org.unplug.lab.internal.contract;
