/** The laboratory: removal, observed and compared with the contract. */
package org.unplug.lab;
