/* Latency and bandwidth of each hop around the ring of ranks, and of all hops at once.
 *
 *     mpirun ring [--bytes MAX] [--rounds N] [--corrupt RANK]
 *
 * Run it with one process per node: then every hop crosses the network, and a slow one is a slow
 * link. The data of all messages is checked. The exit status is 1 if any byte is wrong, 2 for wrong
 * usage. --corrupt makes a rank send a wrong byte, to see the check fail.
 */

#include <mpi.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SMALL = 8, WARM_UP = 20, BURST = 8, TAG = 1 };

static int rank, size, next, previous;
static int corrupt = -1;

/* Neither equal on two ranks nor equal at two places: a message that is mixed up is found. */
static unsigned char expected(int sender, size_t place)
{
    return (unsigned char)(((uint32_t)place * 2654435761u + (uint32_t)(sender + 1) * 40503u) >> 13);
}

static void fill(unsigned char *data, size_t bytes, int is_from_corrupt_rank)
{
    for (size_t i = 0; i < bytes; i++)
        data[i] = expected(rank, i);
    if (is_from_corrupt_rank)
        data[bytes / 2] ^= 0xff;
}

static long wrong_bytes(const unsigned char *data, size_t bytes)
{
    long wrong = 0;
    for (size_t i = 0; i < bytes; i++)
        wrong += data[i] != expected(previous, i);
    return wrong;
}

/* Hops of one phase share no rank, so they are measured at the same time: three phases at most,
 * however many nodes there are. */
static int phase_of(int hop)
{
    return size % 2 == 1 && hop == size - 1 ? 2 : hop % 2;
}

static void send_hop(unsigned char *data, int bytes, int rounds, double *seconds, double *rate)
{
    double start = 0;
    for (int i = -WARM_UP; i < rounds; i++) {
        if (i == 0)
            start = MPI_Wtime();
        MPI_Send(data, SMALL, MPI_BYTE, next, TAG, MPI_COMM_WORLD);
        MPI_Recv(data, SMALL, MPI_BYTE, next, TAG, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    }
    *seconds = (MPI_Wtime() - start) / rounds / 2;

    fill(data, (size_t)bytes, rank == corrupt);
    MPI_Request requests[BURST];
    for (int burst = 0; burst < 2; burst++) { /* the first one sets up buffers and windows */
        start = MPI_Wtime();
        for (int i = 0; i < BURST; i++)
            MPI_Isend(data, bytes, MPI_BYTE, next, TAG, MPI_COMM_WORLD, &requests[i]);
        MPI_Waitall(BURST, requests, MPI_STATUSES_IGNORE);
        MPI_Recv(NULL, 0, MPI_BYTE, next, TAG, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        *rate = (double)bytes * BURST / (MPI_Wtime() - start);
    }
}

static long receive_hop(unsigned char *data, int bytes, int rounds)
{
    for (int i = -WARM_UP; i < rounds; i++) {
        MPI_Recv(data, SMALL, MPI_BYTE, previous, TAG, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        MPI_Send(data, SMALL, MPI_BYTE, previous, TAG, MPI_COMM_WORLD);
    }
    long wrong = wrong_bytes(data, SMALL);
    for (int burst = 0; burst < 2; burst++) {
        memset(data, 0, (size_t)bytes * BURST);
        MPI_Request requests[BURST];
        for (int i = 0; i < BURST; i++)
            MPI_Irecv(data + (size_t)i * (size_t)bytes, bytes, MPI_BYTE, previous, TAG,
                      MPI_COMM_WORLD, &requests[i]);
        MPI_Waitall(BURST, requests, MPI_STATUSES_IGNORE);
        MPI_Send(NULL, 0, MPI_BYTE, previous, TAG, MPI_COMM_WORLD);
        for (int i = 0; i < BURST; i++)
            wrong += wrong_bytes(data + (size_t)i * (size_t)bytes, (size_t)bytes);
    }
    return wrong;
}

static int compare(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static double median(const double *values)
{
    double *sorted = malloc((size_t)size * sizeof *sorted);
    memcpy(sorted, values, (size_t)size * sizeof *sorted);
    qsort(sorted, (size_t)size, sizeof *sorted, compare);
    double middle = (sorted[(size - 1) / 2] + sorted[size / 2]) / 2;
    free(sorted);
    return middle;
}

static void print_hops(const char *names, const double *seconds, const double *rates)
{
    int slow = 0, narrow = 0;
    printf("%-48s %12s %15s\n", "hop", "latency us", "bandwidth MB/s");
    for (int hop = 0; hop < size; hop++) {
        char text[80];
        snprintf(text, sizeof text, "%d %.18s -> %d %.18s", hop,
                 names + (size_t)hop * MPI_MAX_PROCESSOR_NAME, (hop + 1) % size,
                 names + (size_t)((hop + 1) % size) * MPI_MAX_PROCESSOR_NAME);
        printf("%-48s %12.2f %15.1f\n", text, seconds[hop] * 1e6, rates[hop] / 1e6);
        slow = seconds[hop] > seconds[slow] ? hop : slow;
        narrow = rates[hop] < rates[narrow] ? hop : narrow;
    }
    printf("slowest hop by latency:   %d -> %d, %.2f us, %.2f x the median\n", slow,
           (slow + 1) % size, seconds[slow] * 1e6, seconds[slow] / median(seconds));
    printf("slowest hop by bandwidth: %d -> %d, %.1f MB/s, %.2f x the median\n\n", narrow,
           (narrow + 1) % size, rates[narrow] / 1e6, rates[narrow] / median(rates));
}

/* Every rank sends to the next one while it receives from the one before. */
static long all_at_once(unsigned char *out, unsigned char *in, int bytes, int rounds)
{
    double start = 0;
    fill(out, (size_t)bytes, rank == corrupt);
    memset(in, 0, (size_t)bytes);
    for (int i = -2; i < rounds; i++) {
        if (i == 0) {
            MPI_Barrier(MPI_COMM_WORLD);
            start = MPI_Wtime();
        }
        MPI_Sendrecv(out, bytes, MPI_BYTE, next, TAG, in, bytes, MPI_BYTE, previous, TAG,
                     MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    }
    double own = (MPI_Wtime() - start) / rounds, longest;
    MPI_Reduce(&own, &longest, 1, MPI_DOUBLE, MPI_MAX, 0, MPI_COMM_WORLD);
    if (rank == 0)
        printf("%12d %12.2f %15.1f\n", bytes, longest * 1e6, bytes / longest / 1e6);
    return wrong_bytes(in, (size_t)bytes);
}

static int number(const char *name, const char *text, long least, long most)
{
    char *end;
    long value = text == NULL ? least - 1 : strtol(text, &end, 10);
    if (text == NULL || *text == '\0' || *end != '\0' || value < least || value > most) {
        if (rank == 0)
            fprintf(stderr, "ring: %s is a number from %ld to %ld\n", name, least, most);
        MPI_Finalize();
        exit(2);
    }
    return (int)value;
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    next = (rank + 1) % size;
    previous = (rank + size - 1) % size;
    int bytes = 4 << 20, rounds = 500;
    for (int i = 1; i < argc; i += 2) {
        if (strcmp(argv[i], "--bytes") == 0)
            bytes = number("--bytes", argv[i + 1], SMALL, 1 << 28);
        else if (strcmp(argv[i], "--rounds") == 0)
            rounds = number("--rounds", argv[i + 1], 1, 1000000);
        else if (strcmp(argv[i], "--corrupt") == 0)
            corrupt = number("--corrupt", argv[i + 1], 0, size - 1);
        else {
            if (rank == 0)
                fprintf(stderr, "ring: unknown option %s\n", argv[i]);
            MPI_Finalize();
            return 2;
        }
    }
    if (size < 2) {
        fprintf(stderr, "ring: start at least two processes\n");
        MPI_Finalize();
        return 2;
    }

    char name[MPI_MAX_PROCESSOR_NAME] = "";
    int length;
    MPI_Get_processor_name(name, &length);
    unsigned char *out = malloc((size_t)bytes), *in = malloc((size_t)bytes * BURST);
    char *names = malloc((size_t)size * sizeof name);
    double *seconds = calloc((size_t)size, sizeof *seconds);
    double *rates = calloc((size_t)size, sizeof *rates);
    long *wrongs = calloc((size_t)size, sizeof *wrongs);
    if (!out || !in || !names || !seconds || !rates || !wrongs) {
        fprintf(stderr, "ring: rank %d has no memory for messages of %d bytes\n", rank, bytes);
        MPI_Abort(MPI_COMM_WORLD, 1);
        return 1;
    }
    MPI_Gather(name, sizeof name, MPI_CHAR, names, sizeof name, MPI_CHAR, 0, MPI_COMM_WORLD);

    double own_seconds = 0, own_rate = 0;
    long wrong = 0;
    for (int phase = 0; phase < 3; phase++) {
        MPI_Barrier(MPI_COMM_WORLD);
        if (phase_of(rank) == phase) {
            fill(out, SMALL, 0);
            send_hop(out, bytes, rounds, &own_seconds, &own_rate);
        } else if (phase_of(previous) == phase) {
            wrong += receive_hop(in, bytes, rounds);
        }
    }
    MPI_Gather(&own_seconds, 1, MPI_DOUBLE, seconds, 1, MPI_DOUBLE, 0, MPI_COMM_WORLD);
    MPI_Gather(&own_rate, 1, MPI_DOUBLE, rates, 1, MPI_DOUBLE, 0, MPI_COMM_WORLD);
    if (rank == 0) {
        print_hops(names, seconds, rates);
        printf("%12s %12s %15s   (all hops at once, per hop)\n", "bytes", "time us",
               "bandwidth MB/s");
    }
    for (long each = SMALL; each <= bytes; each *= 4)
        wrong += all_at_once(out, in, (int)each, each < 65536 ? rounds : 1 + rounds / 10);

    MPI_Gather(&wrong, 1, MPI_LONG, wrongs, 1, MPI_LONG, 0, MPI_COMM_WORLD);
    long total;
    MPI_Allreduce(&wrong, &total, 1, MPI_LONG, MPI_SUM, MPI_COMM_WORLD);
    if (rank == 0) {
        for (int i = 0; i < size; i++)
            if (wrongs[i] != 0)
                fprintf(stderr, "ring: %ld wrong bytes on the hop %d -> %d\n", wrongs[i],
                        (i + size - 1) % size, i);
        if (total == 0)
            printf("\nThe data of all messages around %d ranks is right.\n", size);
    }
    free(out);
    free(in);
    free(names);
    free(seconds);
    free(rates);
    free(wrongs);
    MPI_Finalize();
    return total != 0;
}
