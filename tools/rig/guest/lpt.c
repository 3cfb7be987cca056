// SPDX-License-Identifier: GPL-2.0
/*
 * Print standard input on the parallel port at I/O address argv[1].
 *
 * Bochs writes what it is given there to a file, at once.  Its serial ports lose
 * the interrupt that says they can take more, so that Linux falls back to asking
 * a few times a second.
 */
#include <err.h>
#include <stdlib.h>
#include <sys/io.h>
#include <unistd.h>

enum { DATA, STATUS, CONTROL };

/* IEEE 1284, control lines in the order of their bits; INIT is active low. */
#define STROBE		0x01
#define INIT_OFF	0x04
#define SELECT		0x08

static void print(unsigned short port, unsigned char byte)
{
	outb(byte, port + DATA);
	outb(SELECT | INIT_OFF | STROBE, port + CONTROL);
	outb(SELECT | INIT_OFF, port + CONTROL);
	inb(port + STATUS);		/* takes the acknowledge back */
}

int main(int argc, char **argv)
{
	unsigned char buf[4096];
	unsigned short port;
	ssize_t n, i;

	if (argc != 2)
		errx(1, "usage: lpt PORT");
	port = strtoul(argv[1], NULL, 0);
	if (ioperm(port, CONTROL + 1, 1))
		err(1, "ioperm");
	outb(SELECT | INIT_OFF, port + CONTROL);
	while ((n = read(STDIN_FILENO, buf, sizeof(buf))) > 0)
		for (i = 0; i < n; i++)
			print(port, buf[i]);
	return n != 0;
}
