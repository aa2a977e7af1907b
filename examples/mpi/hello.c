/* The first MPI program of a cluster: which rank runs where, and whether every node takes part. */

#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    int rank, size, length;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);

    char name[MPI_MAX_PROCESSOR_NAME] = "";
    MPI_Get_processor_name(name, &length);
    char *names = rank == 0 ? malloc((size_t)size * sizeof name) : NULL;
    MPI_Gather(name, sizeof name, MPI_CHAR, names, sizeof name, MPI_CHAR, 0, MPI_COMM_WORLD);

    int failed = 0;
    if (rank == 0) {
        int hosts = 0;
        for (int i = 0; i < size; i++) {
            const char *own = names + (size_t)i * sizeof name;
            int first = 0;
            while (strcmp(own, names + (size_t)first * sizeof name) != 0)
                first++;
            hosts += first == i;
            printf("rank %d of %d on %s\n", i, size, own);
        }
        char library[MPI_MAX_LIBRARY_VERSION_STRING];
        MPI_Get_library_version(library, &length);
        printf("%d ranks on %d hosts, %.*s\n", size, hosts, (int)strcspn(library, "\n,"), library);
        /* The launcher sets it. Fewer hosts mean that mpirun did not read the host list. */
        const char *nodes = getenv("MNP_NUM_NODES");
        if (nodes != NULL && atoi(nodes) != hosts) {
            fprintf(stderr, "hello: the job has %s nodes, and the ranks run on %d\n", nodes, hosts);
            failed = 1;
        }
    }
    MPI_Bcast(&failed, 1, MPI_INT, 0, MPI_COMM_WORLD);
    free(names);
    MPI_Finalize();
    return failed;
}
