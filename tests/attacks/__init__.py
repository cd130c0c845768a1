"""What somebody with bad intentions could try, each as a test."""
